/// What was sent again over a run.
public struct ResendTally: Sendable, Hashable {
    /// Chunks that came damaged, or did not come, and were asked for again, each time counted.
    public private(set) var chunks = 0
    /// Payload that came because of that; no part of any other figure.
    public private(set) var bytes = 0
    /// Of these chunks, those of steps that ended well with what came in their place.
    public private(set) var mended = 0

    public init() {}

    /// Takes what a rank saw in a step.
    public mutating func add(_ ways: RankWays) {
        for record in ways.records {
            chunks += record.damaged + record.missed
            bytes += record.resentBytes
            if ways.isWhole { mended += record.damaged + record.missed }
        }
    }
}
