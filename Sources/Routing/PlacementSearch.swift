import ClusterModel

/// One descent of ExFlow's placement: each layer in turn is placed as well as its neighbours
/// allow, until a whole round changes nothing.
struct PlacementSearch {
    let flow: ExpertFlow
    let shape: PlacementShape
    /// NPU of each expert, [layers x n].
    private(set) var homes: [[Int]]
    /// What a token costs that changes NPU; one that changes node costs 1 more, which all of
    /// them together never outweigh.
    private let npuCost: Int

    /// Rounds are bounded: each lowers a whole number, but nothing says how fast.
    private static let roundsMax = 1000

    init(flow: ExpertFlow, shape: PlacementShape) {
        self.flow = flow
        self.shape = shape
        homes = (0..<flow.layers).map { _ in (0..<shape.experts).map { $0 / shape.slots } }
        npuCost = 1 + flow.counts.joined().joined().reduce(0, +)
    }

    mutating func shuffle(_ random: inout SeededRandom) {
        for layer in homes.indices { random.shuffle(&homes[layer]) }
    }

    mutating func improve() {
        for _ in 0..<Self.roundsMax {
            var isBetter = false
            for layer in homes.indices where place(layer) { isBetter = true }
            if !isBetter { return }
        }
    }

    /// Places one layer anew; false if that gains nothing.
    private mutating func place(_ layer: Int) -> Bool {
        let costs = (0..<shape.experts).map { expert in
            let byNPU = (0..<shape.npus).map { cost(layer, expert, at: $0) }
            return (0..<shape.experts).map { byNPU[$0 / shape.slots] }
        }
        let chosen = LinearAssignment.solve(costs).map { $0 / shape.slots }
        func total(_ homes: [Int]) -> Int {
            homes.enumerated().reduce(0) { $0 + costs[$1.offset][$1.element * shape.slots] }
        }
        guard total(chosen) < total(homes[layer]) else { return false }
        homes[layer] = chosen
        return true
    }

    /// What an expert's tokens cost when it lives on an NPU, its neighbour layers as they are.
    private func cost(_ layer: Int, _ expert: Int, at npu: Int) -> Int {
        var cost = 0
        if layer > 0 {
            for (a, row) in flow.counts[layer - 1].enumerated() {
                cost += row[expert] * distance(homes[layer - 1][a], npu)
            }
        }
        if layer + 1 < flow.layers {
            for (b, tokens) in flow.counts[layer][expert].enumerated() {
                cost += tokens * distance(npu, homes[layer + 1][b])
            }
        }
        return cost
    }

    private func distance(_ a: Int, _ b: Int) -> Int {
        guard a != b else { return 0 }
        return npuCost + (a / shape.npusPerNode != b / shape.npusPerNode ? 1 : 0)
    }
}
