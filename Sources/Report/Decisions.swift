/// What a router decided, step by step; of routers that learn `Quality` has it.
public struct Decisions: Codable, Sendable, Equatable {
    /// Which tokens p and q call relevant to an expert: "choice" or "domain" (`routing.relevance`).
    ///
    /// Nil for routers without affinities.
    public var relevance: String?
    /// Pairs of all these steps that experts kept, of those offered; nil where none was.
    public var keptShare: Double?
    /// In order.
    public var series: [DecisionStep]

    public init(relevance: String?, series: [DecisionStep]) {
        self.relevance = relevance
        self.series = series
        let offered = series.reduce(0) { $0 + $1.offered }
        let kept = series.reduce(0) { $0 + $1.kept }
        keptShare = offered > 0 ? Double(kept) / Double(offered) : nil
    }
}

extension Decisions {
    /// Of steps' records; nil where none tells what was decided.
    ///
    /// - Parameters:
    ///   - records: of one router.
    ///   - relevance: as the plan has it; it is kept where any step knows affinities.
    public init?(_ records: [StepRecord], relevance: String) {
        let series = records.compactMap { DecisionStep($0) }
        guard !series.isEmpty else { return nil }
        let knows = series.contains { $0.layers.contains { $0.delta != nil } }
        self.init(relevance: knows ? relevance : nil, series: series)
    }

    /// Of a training run.
    init(_ quality: Quality) {
        self.init(
            relevance: quality.relevance,
            series: (quality.series ?? []).map { DecisionStep($0) }
        )
    }
}
