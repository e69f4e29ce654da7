// The way forward through a gate, by its kind.

extension Gate {
    /// Probabilities of a layer's tokens.
    ///
    /// - Parameters:
    ///   - u: [tokens x width].
    ///   - before: the gate's cache in the layer before, whose state or decision goes on.
    ///   - unit: RMoE's.
    /// - Returns: probabilities, and what the way back needs.
    func forward(_ u: Matrix, before: Cache?, _ unit: RecurrentUnit?) -> Cache {
        switch kind {
        case .affinity(let scale): return affinities(u, Float(scale))
        case .sliceMeans(let noise): return sliceMeans(u, Float(noise))
        case .dense, .denseRenormalised: return Cache(probabilities: shares(weight, of: u))
        case .allocated:
            return Cache(probabilities: shares(weight, of: u), allocation: shares(allocator, of: u))
        case .twoLevel(let nodes): return Cache(probabilities: twoLevels(u, nodes))
        case .recurrent: return recurrent(u, before?.memory, unit)
        case .preGated:
            return Cache(probabilities: before?.probabilities ?? shares(weight, of: u))
        case .fixed: return Cache(probabilities: Matrix(rows: 0, columns: experts))
        }
    }

    private func affinities(_ u: Matrix, _ scale: Float) -> Cache {
        let (affinities, norms) = SlicePooling.affinities(of: u, experts: experts)
        var shares = affinities
        RowSoftmax.forward(&shares, scale: scale)
        return Cache(probabilities: shares, scores: affinities, norms: norms)
    }

    private func sliceMeans(_ u: Matrix, _ noise: Float) -> Cache {
        var means = SlicePooling.sums(of: u, experts: experts)
        let count = Float(u.columns / experts)
        for i in means.values.indices { means.values[i] = means.values[i] / count + noise }
        var shares = means
        for i in shares.values.indices { shares.values[i] = max(0, shares.values[i]) }
        RowSoftmax.forward(&shares)
        return Cache(probabilities: shares, scores: means)
    }

    private func shares(_ weight: Matrix, of u: Matrix) -> Matrix {
        var shares = Product.ofTransposed(u, weight)
        RowSoftmax.forward(&shares)
        return shares
    }

    /// Expert j of node i has the logit of i plus that of j: `p_i q_j`.
    private func twoLevels(_ u: Matrix, _ nodes: Int) -> Matrix {
        let (levels, inside) = (Product.ofTransposed(u, weight), experts / nodes)
        var shares = Matrix(rows: u.rows, columns: experts)
        for token in 0..<u.rows {
            let (from, to) = (token * levels.columns, token * experts)
            for expert in 0..<experts {
                shares.values[to + expert] =
                    levels.values[from + expert / inside]
                    + levels.values[from + nodes + expert % inside]
            }
        }
        RowSoftmax.forward(&shares)
        return shares
    }

    private func recurrent(
        _ u: Matrix,
        _ before: RecurrentUnit.Cache?,
        _ unit: RecurrentUnit?
    ) -> Cache {
        guard let unit else { fatalError("a recurrent gate without its unit") }
        let memory = unit.forward(
            Product.ofTransposed(u, projection),
            state: before?.next ?? Matrix(rows: u.rows, columns: unit.width)
        )
        return Cache(probabilities: shares(weight, of: memory.next), memory: memory)
    }
}
