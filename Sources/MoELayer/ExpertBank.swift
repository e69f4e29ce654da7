import ClusterModel

/// The experts that live on one rank, of every MoE layer.
public struct ExpertBank: Parameterized {
    /// Which experts, ascending: a run, unless it took over some of a rank that is gone.
    public let experts: [Int]
    /// [layers][experts].
    public var layers: [[FeedForward]]

    /// What the way back through one layer needs, and no more.
    public struct Cache: Hashable, Sendable {
        var experts: [FeedForward.Cache]
    }

    /// Untrained; an expert's values depend on seed, layer and number, not on where it lives.
    public init(_ shape: ModelDimensions, experts: Range<Int>, seed: UInt64) {
        let initial = InitialValues(seed: seed)
        let count = if case .experts = shape.mixture { shape.layers } else { 0 }
        self.experts = Array(experts)
        layers = (0..<count).map { layer in
            experts.map {
                FeedForward(
                    initial,
                    "layer\(layer).expert\($0)",
                    width: shape.width,
                    inner: shape.innerWidth
                )
            }
        }
    }

    /// Of experts that stand in other banks: `find` says in which, and at which place there.
    init(
        _ experts: [Int],
        from banks: [ExpertBank],
        _ find: (_ expert: Int) -> (bank: Int, place: Int)
    ) {
        let places = experts.map(find)
        self.experts = experts
        layers = banks[0].layers.indices.map { layer in
            places.map { banks[$0.bank].layers[layer][$0.place] }
        }
    }

    /// Parameters of one expert in one layer.
    public var expertCount: Int { layers.first?.first?.parameterCount ?? 0 }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        for layer in layers.indices {
            for (index, expert) in experts.enumerated() {
                layers[layer][index].visit { body("layers.\(layer).experts.\(expert).\($0)", &$1) }
            }
        }
    }

    /// Rows in, rows out, for each local expert, [experts][rows x width].
    public func forward(layer: Int, rows: [Matrix]) -> ([Matrix], Cache) {
        invariant(rows.count == experts.count, "rows for \(rows.count) of \(experts.count) experts")
        var cache = Cache(experts: [])
        let outputs = zip(layers[layer], rows).map { expert, rows in
            let (output, expertCache) = expert.forward(rows)
            cache.experts.append(expertCache)
            return output
        }
        return (outputs, cache)
    }

    /// Gradients at the outputs in, gradients at the inputs out; those of the weights are added.
    public func backward(
        layer: Int,
        rows: [Matrix],
        _ cache: Cache,
        adding gradient: inout ExpertBank
    ) -> [Matrix] {
        rows.indices.map { index in
            layers[layer][index].backward(
                rows[index],
                cache.experts[index],
                adding: &gradient.layers[layer][index]
            )
        }
    }
}
