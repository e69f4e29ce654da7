import ClusterModel

/// What one rank's tokens ask of an MoE layer, before anything has moved.
public struct LayerLoad: Sendable, Hashable {
    /// Its tokens that each expert keeps, [experts].
    public var kept: [Int]
    public var offered: Int
    public var dropped: Int
    /// Slots of an expert for this source.
    public var capacity: Int
    /// Modelled time of the gate.
    public var gate: Interval

    public init(kept: [Int], offered: Int, dropped: Int, capacity: Int, gate: Interval) {
        self.kept = kept
        self.offered = offered
        self.dropped = dropped
        self.capacity = capacity
        self.gate = gate
    }
}

extension ExpertTraffic {
    /// What every rank puts into a layer, index = rank: the same numbers that workers find when
    /// they tell each other their counts.
    ///
    /// - Parameters:
    ///   - loads: of each rank.
    ///   - model: what an expert costs.
    ///   - passes: products of an expert over those of a forward pass.
    /// - Returns: inputs without buffers, index = rank.
    public func inputs(_ loads: [LayerLoad], model: ModelShape, passes: Int = 1) -> [RankInput] {
        layout.ranks.map { rank in
            let load = loads[rank.index]
            let computed = sources(of: rank).reduce(0) { sum, source in
                placement.experts(on: rank).reduce(sum) {
                    let source = loads[source.index]
                    return $0 + slots(kept: source.kept[$1], capacity: source.capacity)
                }
            }
            return RankInput(
                send: send(from: rank, kept: load.kept, capacity: load.capacity),
                kept: load.kept,
                offered: load.offered,
                dropped: load.dropped,
                capacity: load.capacity,
                gate: load.gate,
                expert: model.expertTime(tokens: computed * passes, tp: layout.parallel.tp),
                bufferBytes: 0
            )
        }
    }
}
