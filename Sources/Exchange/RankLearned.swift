/// What training gave on one rank.
public struct RankLearned: Sendable, Hashable, Codable {
    /// The sum of the losses of its tokens in the step, in nats.
    public var loss: Double
    /// How many those are.
    public var tokens: Int
    /// CRC32C of its parameters.
    public var parameters: UInt32

    /// Of a rank that is left out.
    public static let nothing = RankLearned(loss: 0, tokens: 0, parameters: 0)

    public init(loss: Double, tokens: Int, parameters: UInt32) {
        self.loss = loss
        self.tokens = tokens
        self.parameters = parameters
    }
}
