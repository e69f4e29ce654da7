/// How computing and communicating share a step: shares of the step time that add up to 1.
public struct OverlapShares: Codable, Sendable, Equatable {
    /// Only computing.
    public var computation: Double
    /// Only exchanging, the wait for others included.
    public var communication: Double
    /// Both at once.
    public var overlap: Double
    /// Neither: done, while others are not.
    public var idle: Double

    public init(computation: Double, communication: Double, overlap: Double, idle: Double) {
        self.computation = computation
        self.communication = communication
        self.overlap = overlap
        self.idle = idle
    }
}
