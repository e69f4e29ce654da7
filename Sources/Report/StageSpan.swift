/// One stage of a rank in a step, in emulated µs from the step's start.
public struct StageSpan: Codable, Sendable, Equatable {
    /// Like "dispatch 2", with the round if there are several.
    public var name: String
    /// Whether it moves bytes; otherwise it computes.
    public var isExchange: Bool
    public var start: Double
    public var end: Double

    public init(name: String, isExchange: Bool, start: Double, end: Double) {
        self.name = name
        self.isExchange = isExchange
        self.start = start
        self.end = end
    }
}
