import ClusterModel

/// How many tokens go from which expert of a layer to which expert of the next.
public struct ExpertFlow: Hashable, Sendable {
    public let experts: Int
    /// [layers - 1 x n x n], row = the earlier layer's expert.
    public let counts: [[[Int]]]

    /// From the expert of each token in each layer, [layers x tokens].
    public init(profile: [[Int]], experts: Int) {
        let tokens = profile.first?.count ?? 0
        for layer in profile {
            invariant(
                layer.count == tokens && layer.allSatisfy { (0..<experts).contains($0) },
                "a layer of \(layer.count) tokens, the first has \(tokens), experts \(experts)"
            )
        }
        self.experts = experts
        let empty = [[Int]](repeating: [Int](repeating: 0, count: experts), count: experts)
        counts = zip(profile, profile.dropFirst()).map { before, after in
            var counts = empty
            for (a, b) in zip(before, after) { counts[a][b] += 1 }
            return counts
        }
    }

    public var layers: Int { counts.count + 1 }

    /// Tokens that change place under a placement, [layers x n] NPUs.
    public func crossings(
        _ homes: [[Int]],
        on shape: PlacementShape
    ) -> ExFlowPlacement.Crossings {
        var crossings = ExFlowPlacement.Crossings(npu: 0, node: 0)
        for (layer, table) in counts.enumerated() {
            for (a, row) in table.enumerated() {
                for (b, tokens) in row.enumerated() {
                    let (from, to) = (homes[layer][a], homes[layer + 1][b])
                    crossings.npu += from != to ? tokens : 0
                    crossings.node +=
                        from / shape.npusPerNode != to / shape.npusPerNode ? tokens : 0
                }
            }
        }
        return crossings
    }
}
