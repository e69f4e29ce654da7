// The way back through a gate, by its kind.

extension Gate {
    /// What a gate's way back leaves for the layer before.
    struct Slope: Hashable, Sendable {
        /// The gradient at RMoE's state.
        var state: Matrix?
        /// The gradient at the probabilities of a pre-gated layer.
        var probabilities: Matrix?
    }

    /// From the gradient at the probabilities to that at the tokens, added to `du`.
    ///
    /// - Parameters:
    ///   - slope: the gradient at the probabilities, [tokens x experts].
    ///   - later: what the layer behind left.
    ///   - cache: of the way forward.
    ///   - u: what came in.
    ///   - unit: RMoE's.
    ///   - unitGradient: where that of the unit is added.
    ///   - gradient: where the gate's is added.
    ///   - du: where the tokens' is added.
    /// - Returns: what is left for the layer before.
    func backward(
        _ slope: Matrix,
        later: Slope,
        _ cache: Cache,
        input u: Matrix,
        unit: RecurrentUnit?,
        addingUnit unitGradient: inout RecurrentUnit?,
        adding gradient: inout Gate,
        to du: inout Matrix
    ) -> Slope {
        guard kind != .fixed else { return Slope() }
        var slope = slope
        if let probabilities = later.probabilities { slope.add(probabilities) }
        if kind == .preGated, weight.rows == 0 { return Slope(probabilities: slope) }
        RowSoftmax.backward(&slope, cache.probabilities)
        switch kind {
        case .affinity(let scale): affinityBackward(slope, cache, u, Float(scale), to: &du)
        case .sliceMeans: sliceMeansBackward(slope, cache, to: &du)
        case .dense, .denseRenormalised, .allocated, .preGated:
            denseBackward(slope, u, adding: &gradient, to: &du)
        case .twoLevel(let nodes):
            denseBackward(levels(slope, nodes), u, adding: &gradient, to: &du)
        case .recurrent:
            guard let unit, let memory = cache.memory else { break }
            Product.addTransposed(slope, memory.next, to: &gradient.weight)
            var dNext = Product.of(slope, weight)
            if let state = later.state { dNext.add(state) }
            let (dProjected, dState) = unit.backward(dNext, memory, adding: &unitGradient)
            Product.addTransposed(dProjected, u, to: &gradient.projection)
            du.add(Product.of(dProjected, projection))
            return Slope(state: dState)
        case .fixed: break
        }
        return Slope()
    }

    private func affinityBackward(
        _ slope: Matrix,
        _ cache: Cache,
        _ u: Matrix,
        _ scale: Float,
        to du: inout Matrix
    ) {
        var slope = slope
        for i in slope.values.indices { slope.values[i] *= scale }
        SlicePooling.addAffinityGradient(
            slope,
            affinities: cache.scores,
            norms: cache.norms,
            input: u,
            to: &du
        )
    }

    private func sliceMeansBackward(_ slope: Matrix, _ cache: Cache, to du: inout Matrix) {
        var slope = slope
        let count = Float(du.columns / experts)
        for i in slope.values.indices {
            slope.values[i] = cache.scores.values[i] > 0 ? slope.values[i] / count : 0
        }
        SlicePooling.addSumGradient(slope, to: &du)
    }

    private func denseBackward(
        _ slope: Matrix,
        _ u: Matrix,
        adding gradient: inout Gate,
        to du: inout Matrix
    ) {
        Product.addTransposed(slope, u, to: &gradient.weight)
        du.add(Product.of(slope, weight))
    }

    /// From the experts' logits to those of both levels: sums over a node, and over nodes.
    private func levels(_ slope: Matrix, _ nodes: Int) -> Matrix {
        let inside = experts / nodes
        var levels = Matrix(rows: slope.rows, columns: nodes + inside)
        for token in 0..<slope.rows {
            let (from, to) = (token * experts, token * levels.columns)
            for expert in 0..<experts {
                levels.values[to + expert / inside] += slope.values[from + expert]
                levels.values[to + nodes + expert % inside] += slope.values[from + expert]
            }
        }
        return levels
    }
}
