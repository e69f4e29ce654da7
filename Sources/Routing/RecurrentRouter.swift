import ClusterModel

/// RMoE: a router with a memory that is carried from layer to layer.
///
/// `x' = P x` (each layer has its P), `h = GRU(x', h of the layer before)` (one unit for all
/// layers), `p = softmax(W h)`, Top-k. Score and weight are p, not renormalised; overflow by
/// position is dropped.
/// Source: Layerwise Recurrent Router for Mixture-of-Experts, arXiv 2408.06793, section 3.
///
/// Ours: before the first layer h is 0. The state travels in Float.
public struct RecurrentRouter: Router {
    public let name = RouterName.rmoe
    /// P, [p x d].
    public let projection: DenseGate
    public let unit: GatedRecurrentUnit
    /// W, [n x p].
    public let gate: DenseGate
    public let topK: Int
    public let capacity: Capacity

    /// p of the paper.
    public static let defaultStateWidth = 128

    /// Stops the process when the three do not fit each other.
    public init(
        projection: DenseGate,
        unit: GatedRecurrentUnit,
        gate: DenseGate,
        topK: Int,
        capacity: Capacity
    ) {
        invariant(
            projection.experts == unit.width && gate.width == unit.width,
            "a projection to \(projection.experts), a unit of \(unit.width), a gate of "
                + "\(gate.width)"
        )
        self.projection = projection
        self.unit = unit
        self.gate = gate
        self.topK = topK
        self.capacity = capacity
    }

    public func assign(_ batch: TokenBatch) -> Assignment { route(batch).assignment }

    /// Routes a batch and hands on the state for the next layer, [tokens x p], which is to be
    /// the `routerState` of the next layer's batch.
    public func route(_ batch: TokenBatch) -> (assignment: Assignment, state: [Float]) {
        let count = batch.count * unit.width
        invariant(
            batch.routerState.isEmpty || batch.routerState.count == count,
            "\(batch.routerState.count) values of router state, expected \(count)"
        )
        let before =
            batch.routerState.isEmpty ? [Float](repeating: 0, count: count) : batch.routerState
        let projected = projection.logits(of: batch).values.map(Float.init)
        let state = unit.next(inputs: projected, states: before)
        let assignment = ProbabilityRouting(topK: topK, capacity: capacity)
            .assign(gate.logits(ofRows: state))
        return (assignment, state)
    }

    /// Projection, recurrent unit and gate: 2 p hidden + 12 p² + 2 p n.
    public func gateFlopsPerToken(hidden: Int) -> Double {
        let p = Double(unit.width)
        return 2 * p * Double(hidden) + unit.flops + 2 * p * Double(gate.experts)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
