/// What a stage is in an MoE layer.
public enum StageKind: String, Sendable, Hashable, CaseIterable {
    case gate
    case dispatch
    case expert
    case combine
}

/// Which part of a step a stage is.
public struct StageRole: Sendable, Hashable {
    public var kind: StageKind
    /// Of a pipelined exchange, from 0.
    public var part: Int
    /// Of an exchange that takes several rounds, from 0.
    public var round: Int
    /// Whether this is the last round of its part.
    public var isLastRound: Bool

    public init(_ kind: StageKind, part: Int = 0, round: Int = 0, isLastRound: Bool = true) {
        self.kind = kind
        self.part = part
        self.round = round
        self.isLastRound = isLastRound
    }

    /// The exchange's number in the step: what it moves are the messages of that exchange.
    public var exchange: Int { kind == .combine ? 1 : 0 }
}
