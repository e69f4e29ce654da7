// Every kind: what it is called, how it is written, what proves it.

import ClusterModel
import Testing

@testable import Faults

@Suite struct Kinds {
    @Test func `names are unique and all of them can be drawn`() {
        #expect(Set(FaultKind.names).count == FaultKind.names.count)
        var random = SeededRandom(seed: 1)
        for name in FaultKind.names { #expect(FaultKind.draw(name, &random)?.name == name) }
        #expect(FaultKind.draw("kil", &random) == nil)
    }

    @Test(arguments: FaultKind.names)
    func `a drawn fault survives being written and read`(name: String) throws {
        let draw = FaultDraw(budget: FaultBudget(count: 1...1, only: [name]), ground: ground)
        for seed in 0..<50 as Range<UInt64> {
            let spec = try #require(draw.schedule(seed: seed).first)
            #expect(spec.kind.name == name)
            #expect(try FaultSpec(fields: spec.fields) == spec, "seed \(seed): \(spec.toml)")
            #expect(try FaultSpec(inline: spec.inline) == spec, "seed \(seed): \(spec.inline)")
            #expect(spec.problems(on: ground).isEmpty, "seed \(seed): \(spec.inline)")
        }
    }

    @Test(arguments: FaultKind.names)
    func `what is simpler is another fault of sound form`(name: String) throws {
        let draw = FaultDraw(budget: FaultBudget(count: 1...1, only: [name]), ground: ground)
        for seed in 0..<20 as Range<UInt64> {
            let spec = try #require(draw.schedule(seed: seed).first)
            for simpler in spec.simpler {
                #expect(simpler != spec)
                #expect(try FaultSpec(fields: simpler.fields) == simpler)
            }
        }
    }

    @Test func `the ground refuses what is not there`() throws {
        let wrong = [
            "kind=kill,npu=8,at=step 5", "kind=kill,npu=3,at=step 12",
            "kind=node-kill,node=2,at=step 5", "kind=expert-lost,expert=16,at=step 5",
            "kind=corrupt,from=3,to=3,at=step 5", "kind=corrupt,at=1st message from 9 to 3",
            "kind=pause,npu=3,at=step 5,until=step 99", "kind=partition,shape=ring,at=step 5",
        ]
        for text in wrong { #expect(try !fault(text).problems(on: ground).isEmpty, "\(text)") }
        let alone = FaultGround(
            nodes: 1,
            npusPerNode: 1,
            experts: 1,
            steps: 1,
            links: []
        )
        #expect(try fault("kind=link-down,link=roce,at=step 0").problems(on: alone).count == 1)
        #expect(try fault("kind=corrupt,target=random,at=step 0").problems(on: alone).count == 1)
    }

    @Test func `only what changed something is a proof`() throws {
        let kill = try fault("kind=kill,npu=3,at=step 5").kind
        let exit = try fault("kind=exit,code=3,npu=3,at=step 5").kind
        let slow = try fault("kind=bandwidth,factor=0.5,link=roce,at=step 5").kind
        let straggler = try fault("kind=straggler,factor=2,npu=3,at=step 5").kind
        #expect(FaultProof.processEnded(signal: 9, code: nil).proves(kill))
        #expect(!FaultProof.processEnded(signal: 11, code: nil).proves(kill))
        #expect(FaultProof.processEnded(signal: nil, code: 3).proves(exit))
        #expect(!FaultProof.processEnded(signal: 9, code: nil).proves(exit))
        #expect(FaultProof.rates(before: 2, during: 1, after: nil).proves(slow))
        #expect(!FaultProof.rates(before: 2, during: 2, after: 2).proves(slow))
        #expect(!FaultProof.processEnded(signal: 9, code: nil).proves(slow))
        let longer = Interval(picoseconds: 2)
        #expect(FaultProof.computeStretched(planned: .zero, taken: longer).proves(straggler))
        #expect(!FaultProof.computeStretched(planned: longer, taken: longer).proves(straggler))
    }

    @Test(arguments: PartitionShape.allCases)
    func `a partition cuts what its shape says`(shape: PartitionShape) {
        let fault = PartitionFault(shape: shape)
        let cut = (0..<4).map { a in
            (0..<4).map { b in
                fault.cuts(NodeIndex(a), NodeIndex(b), target: NodeIndex(1), nodes: 4) ? 1 : 0
            }
        }
        let expected: [PartitionShape: [[Int]]] = [
            .node: [[0, 1, 0, 0], [1, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0]],
            .oneWay: [[0, 0, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
            .halves: [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]],
            .ring: [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]],
        ]
        #expect(cut == expected[shape])
    }
}
