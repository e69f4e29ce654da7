import ClusterModel
import EventLoop
import Glibc
import Simulation
import Testing

@testable import ClusterRuntime

/// Shared memory that is left behind, counted from /proc.
///
/// One at a time: all hold memory files of this process.
@Suite(.serialized, .timeLimit(.minutes(20))) struct HeldMemoryTests {
    @Test func `memory is seen by its mapping and descriptor, and once`() throws {
        let before = HeldMemory.inodes()
        var memory: SharedMemory? = try SharedMemory.make(byteCount: 4096)
        #expect(HeldMemory.inodes().subtracting(before).count == 1)
        #expect(memory?.bytes.count == 4096)
        memory = nil
        #expect(HeldMemory.inodes() == before)
    }

    /// Two leaves of one node each: the state of their uplinks is shared memory.
    @Test(arguments: [false, true])
    func `a cluster that keeps its shared memory says so`(isKept: Bool) throws {
        var plan = ClusterPlan.twoRanks
        plan.nodes = 2
        plan.npusPerNode = 1
        plan.links.uplink = LeafUplink(nodesPerLeaf: 1, oversubscription: 1)
        var options = CoordinatorOptions(workerPath: "", dilation: 1, logDescriptor: STDERR_FILENO)
        options.takesSignals = false
        let cluster = try Coordinator(
            plan: plan,
            options: options,
            compile: StepCompiler(plan: plan).compile
        )
        try #require(cluster.sharedPorts != nil)
        let kept = isKept ? cluster.sharedPorts : nil
        #expect(cluster.shutDown().sharedMemory == (isKept ? 1 : 0))
        withExtendedLifetime(kept) {}
    }
}
