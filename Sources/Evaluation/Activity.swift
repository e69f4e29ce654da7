import ClusterModel

/// How long a rank only computed, only exchanged, did both, or neither.
struct Activity {
    private(set) var computation = Interval.zero
    private(set) var communication = Interval.zero
    private(set) var overlap = Interval.zero
    private(set) var idle = Interval.zero

    /// Spans may overlap one another and begin at 0 at the earliest.
    init(
        computing: [(Instant, Instant)],
        exchanging: [(Instant, Instant)],
        until finish: Instant
    ) {
        let edges = (computing + exchanging).flatMap { [$0.0, $0.1] } + [.zero, finish]
        let cuts = Set(edges.filter { $0 <= finish }).sorted()
        for (from, to) in zip(cuts, cuts.dropFirst()) {
            let computes = computing.contains { $0.0 <= from && to <= $0.1 }
            let exchanges = exchanging.contains { $0.0 <= from && to <= $0.1 }
            switch (computes, exchanges) {
            case (true, true): overlap += to - from
            case (true, false): computation += to - from
            case (false, true): communication += to - from
            case (false, false): idle += to - from
            }
        }
    }
}
