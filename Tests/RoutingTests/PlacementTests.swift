import ClusterModel
import Routing
import Testing

@Suite struct `The ExFlow placement` {
    /// Tokens that follow a hidden chain of experts most of the time.
    private func profile(layers: Int, tokens: Int, experts: Int, seed: UInt64) -> [[Int]] {
        var random = SeededRandom(seed: seed, 5)
        let chains = (0..<layers).map { _ in
            var order = Array(0..<experts)
            random.shuffle(&order)
            return order
        }
        var result = [[Int]](repeating: [], count: layers)
        for _ in 0..<tokens {
            let lane = random.next(below: experts)
            for layer in 0..<layers {
                let strays = random.next(below: 10) < 3
                result[layer].append(
                    strays ? random.next(below: experts) : chains[layer][lane]
                )
            }
        }
        return result
    }

    /// All ways to share `experts` out over NPUs of equal room.
    private func sharings(_ shape: PlacementShape) -> [[Int]] {
        var all: [[Int]] = []
        func extend(_ homes: [Int], _ room: [Int]) {
            guard homes.count < shape.experts else { return all.append(homes) }
            for npu in room.indices where room[npu] > 0 {
                var less = room
                less[npu] -= 1
                extend(homes + [npu], less)
            }
        }
        extend([], [Int](repeating: shape.slots, count: shape.npus))
        return all
    }

    private func bruteForce(
        _ flow: ExpertFlow,
        _ shape: PlacementShape
    ) -> ExFlowPlacement.Crossings {
        let choices = sharings(shape)
        var best = ExFlowPlacement.Crossings(npu: .max, node: .max)
        func extend(_ homes: [[Int]]) {
            guard homes.count < flow.layers else {
                best = min(best, flow.crossings(homes, on: shape))
                return
            }
            for next in choices { extend(homes + [next]) }
        }
        extend([])
        return best
    }

    @Test func `is among the NPUs of a replica, which lie alike on nodes`() {
        func shape(nodes: Int, npus: Int, tp: Int = 1, ep: Int) -> PlacementShape? {
            let parallel = ParallelDegrees(tp: tp, ep: ep, dp: nodes * npus / tp / ep)
            let layout = RankLayout(
                nodes: nodes,
                npusPerNode: npus,
                parallel: parallel,
                experts: 12
            )
            return PlacementShape(layout)
        }
        #expect(shape(nodes: 3, npus: 4, ep: 12)?.npusPerNode == 4)
        #expect(shape(nodes: 2, npus: 4, ep: 2)?.npusPerNode == 2)
        #expect(shape(nodes: 2, npus: 4, tp: 2, ep: 4)?.npusPerNode == 2)
        // Six of twelve: one replica has four on its first node, the other two.
        #expect(shape(nodes: 3, npus: 4, ep: 6) == nil)
    }

    @Test(
        arguments: [
            (PlacementShape(experts: 4, npus: 2, npusPerNode: 1), 3),
            (PlacementShape(experts: 4, npus: 2, npusPerNode: 2), 4),
            (PlacementShape(experts: 4, npus: 4, npusPerNode: 2), 2),
            (PlacementShape(experts: 6, npus: 3, npusPerNode: 3), 2),
        ],
        [1, 2, 3, 4, 5] as [UInt64]
    )
    func `is as good as the best of all on small cases`(
        given: (PlacementShape, Int),
        seed: UInt64
    ) {
        let (shape, layers) = given
        let tokens = profile(layers: layers, tokens: 60, experts: shape.experts, seed: seed)
        let found = ExFlowPlacement.place(profile: tokens, on: shape, seed: seed)
        let flow = ExpertFlow(profile: tokens, experts: shape.experts)
        #expect(found.crossings == bruteForce(flow, shape))
        #expect(found.crossings == flow.crossings(found.homes, on: shape))
    }

    @Test func `finds chains that nothing disturbs`() {
        let shape = PlacementShape(experts: 16, npus: 8, npusPerNode: 4)
        let order = [3, 9, 12, 1, 7, 14, 0, 5, 10, 2, 15, 4, 8, 6, 13, 11]
        let tokens = [Array(0..<16), order, order.map { order[$0] }]
        let found = ExFlowPlacement.place(profile: tokens, on: shape, seed: 1)
        #expect(found.crossings == .init(npu: 0, node: 0))
        for layer in found.homes {
            for npu in 0..<8 { #expect(layer.count { $0 == npu } == 2) }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `is no worse than experts in order, and depends on the seed alone`(seed: UInt64) {
        let shape = PlacementShape(experts: 16, npus: 8, npusPerNode: 4)
        let tokens = profile(layers: 4, tokens: 500, experts: 16, seed: seed)
        let found = ExFlowPlacement.place(profile: tokens, on: shape, seed: 7, starts: 4)
        let inOrder = [[Int]](repeating: (0..<16).map { $0 / 2 }, count: 4)
        let flow = ExpertFlow(profile: tokens, experts: 16)
        #expect(found.crossings < flow.crossings(inOrder, on: shape))
        #expect(found == ExFlowPlacement.place(profile: tokens, on: shape, seed: 7, starts: 4))
    }
}
