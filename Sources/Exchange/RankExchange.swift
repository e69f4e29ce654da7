/// When a rank's part of an exchange, or of a round of it, is over.
public enum ExchangeEnd: String, Sendable, Hashable, CaseIterable {
    /// All bytes for this rank are in; what it relays may still be under way.
    case ownBytes
    /// All bytes are in, those to be relayed, too.
    case allBytes
    /// All bytes are in and all of its own have left.
    case bothWays
}

/// One rank's part of one round of an exchange.
public struct RankExchange: Sendable, Hashable {
    public var sends: [OutgoingStream]
    public var receives: [IncomingStream]
    public var end: ExchangeEnd

    public init(
        sends: [OutgoingStream] = [],
        receives: [IncomingStream] = [],
        end: ExchangeEnd = .ownBytes
    ) {
        self.sends = sends
        self.receives = receives
        self.end = end
    }

    /// Bytes it receives, those for others included.
    public var bytesIn: Int { receives.reduce(0) { $0 + $1.run.bytes } }
}
