import ClusterModel
import Exchange
import Links
import Simulation
import Testing
import Workloads

/// A cluster for which `auto` has to choose.
struct ChoiceCluster: Sendable {
    let nodes: Int
    let npus: Int
    /// Bytes a pair.
    let mean: Int

    /// The largest has fewer bytes, for time's sake.
    static let all = [
        ChoiceCluster(nodes: 2, npus: 4, mean: 1 << 20),
        ChoiceCluster(nodes: 4, npus: 4, mean: 1 << 20),
        ChoiceCluster(nodes: 4, npus: 8, mean: 1 << 16),
    ]
}

@Suite struct `An algorithm chosen for a step` {
    // Step 3 is that of the burst.
    @Test(arguments: ChoiceCluster.all, SyntheticWorkload.allCases)
    func `is at most 3 % slower than the best`(cluster: ChoiceCluster, workload: SyntheticWorkload)
        throws
    {
        let bare = try BarePlan(nodes: cluster.nodes, npus: cluster.npus)
        let inputs = bare.inputs(bare.matrix(workload, mean: cluster.mean, step: 3))
        let compiler = StepCompiler(plan: bare.plan)
        let chosen = try compiler.compile(inputs, .exchange)
        var times: [ExchangeAlgorithm: Interval] = [:]
        for algorithm in ExchangeAlgorithm.named {
            // Without tensor parallelism, groupwise is direct.
            guard algorithm != .groupwise else { continue }
            let step = try compiler.compile(inputs, .exchange, algorithm)
            #expect(step.choice.algorithm == algorithm)
            times[algorithm] = try time(step.programs, over: bare.ports)
            if algorithm == chosen.choice.algorithm { #expect(step.programs == chosen.programs) }
        }
        let best = try #require(times.values.min())
        let time = try #require(times[chosen.choice.algorithm])
        #expect(time.seconds <= 1.03 * best.seconds)
    }

    @Test func `relays where a rank is hot, and does not where nothing is to gain`() throws {
        let bare = try BarePlan(nodes: 4, npus: 4)
        let compiler = StepCompiler(plan: bare.plan)
        let hot = bare.inputs(bare.matrix(.hotRank, mean: 1 << 20))
        #expect(try compiler.compile(hot, .exchange).choice.algorithm.relays)
        let even = bare.inputs(bare.matrix(.balanced, mean: 1 << 20))
        #expect(try compiler.compile(even, .exchange).choice.algorithm == .direct)
    }

    /// A node's own bytes take as long as those of the one NIC that others could relieve.
    @Test func `is looked for where the bound lies inside a node and the wait between nodes`()
        throws
    {
        let bare = try BarePlan(nodes: 2, npus: 4)
        let links = bare.ports.links
        var matrix = TrafficMatrix(size: 8)
        matrix[Rank(0), Rank(4)] = Int(Double(links.roce.bandwidth.bytesPerSecond) * 100e-6)
        matrix[Rank(1), Rank(2)] = Int(Double(links.hccs.bandwidth.bytesPerSecond) * 100e-6)
        let inputs = bare.inputs(matrix)
        let compiler = StepCompiler(plan: bare.plan)
        let chosen = try compiler.compile(inputs, .exchange)
        let times = try ExchangeAlgorithm.named.map {
            try time(compiler.compile(inputs, .exchange, $0).programs, over: bare.ports)
        }
        let best = try #require(times.min())
        #expect(try time(chosen.programs, over: bare.ports).seconds <= 1.005 * best.seconds)
        #expect(chosen.choice.algorithm.relays)
    }

    @Test func `is not direct for small messages in a plane, where a message has a price`() throws {
        var links = try #require(Preset.cloudMatrix384.links)
        links.hccs.messageOverhead = Interval(picoseconds: 100_000)
        let bare = try BarePlan(nodes: 8, npus: 8).over(links)
        let inputs = bare.inputs(bare.matrix(.balanced, mean: 64))
        let chosen = try StepCompiler(plan: bare.plan).compile(inputs, .exchange)
        #expect(chosen.choice.algorithm == .hierarchical)
        #expect(!chosen.choice.reason.contains("no other order"))
    }

    @Test(arguments: [2, 4])
    func `is groupwise where ranks of a group have the same to carry`(tp: Int) throws {
        let bare = try BarePlan(nodes: 2, npus: 4, tp: tp)
        var matrix = TrafficMatrix(size: 8)
        for from in 0..<8 {
            for to in 0..<8 where from % tp == to % tp {
                matrix[Rank(from), Rank(to)] = 4 << 20
            }
        }
        let chosen = try StepCompiler(plan: bare.plan).compile(bare.inputs(matrix), .exchange)
        #expect(chosen.choice.algorithm == .groupwise)
    }
}
