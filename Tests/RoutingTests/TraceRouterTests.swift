import ClusterModel
import Routing
import Testing

@Suite struct `Replaying a trace` {
    private func labelled(_ label: UInt64) -> TokenBatch {
        TokenBatch(width: 1, features: [0, 0, 0], label: label)
    }

    private func trace(_ experts: [[Int]]) -> RoutingTrace {
        RoutingTrace(
            steps: experts.map { ranks in
                Dictionary(
                    uniqueKeysWithValues: ranks.enumerated().map { rank, expert in
                        (rank, .init(choices: [[.init(expert: expert)], [], []]))
                    }
                )
            },
            experts: 8
        )
    }

    @Test func `each rank and step has its own, and a trace starts over`() {
        let router = TraceRouter(trace([[0, 1], [2, 3], [4, 5]]), world: 2)
        let chosen = (0..<8).map { router.assign(labelled($0)).pairs[0].expert.index }
        #expect(chosen == [0, 1, 2, 3, 4, 5, 0, 1])
        #expect(router.pairsMax(tokens: 3) == 1)
    }

    @Test func `ranks of a tensor-parallel group replay their leader`() {
        let only = RoutingTrace(
            steps: [
                [
                    0: .init(choices: [[.init(expert: 1)]]),
                    2: .init(choices: [[.init(expert: 6)]]),
                ]
            ],
            experts: 8
        )
        let router = TraceRouter(only, world: 4)
        #expect((0..<4).map { router.assign(labelled($0)).pairs[0].expert.index } == [1, 1, 6, 6])
    }

    @Test(arguments: [RouterName.switch, .gshard, .locmoePlus, .expertChoice, .adaK])
    func `what a router kept is kept again, at the same capacity`(name: RouterName) throws {
        let batch = Samples.batch(count: 64, width: 16, seed: 5)
        let settings = Samples.settings(threshold: 0.6)
        let original = try Samples.router(name, settings, experts: 8, batch: batch).assign(batch)
        let traced = RoutingTrace.Batch(original, tokens: batch.count)
        let router = TraceRouter(RoutingTrace(steps: [[0: traced]], experts: 8), world: 1)
        let replayed = router.assign(TokenBatch(width: 16, features: batch.features))
        #expect(replayed.countPerExpert == original.countPerExpert)
        #expect(replayed.offered == original.offered && replayed.capacity == original.capacity)
        for expert in 0..<8 {
            let index = ExpertIndex(expert)
            #expect(replayed.slots(of: index) == original.slots(of: index).sorted())
        }
    }

    @Test func `a line says what was decided`() {
        let batch = RoutingTrace.Batch(
            choices: [[.init(expert: 2), .init(expert: 0, isKept: false)], []],
            capacity: 5
        )
        #expect(
            TraceText.line(batch, step: 3, layer: 1, rank: 7)
                == #"{"step":3,"layer":1,"rank":7,"num_tokens":2,"topk":2,"#
                + #""top_indices":[[2,0],[]],"capacity":5,"kept":[[1,0],[]]}"#
        )
    }
}
