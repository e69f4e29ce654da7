/// What a stage is in an MoE layer, or between layers.
public enum StageKind: String, Sendable, Hashable, CaseIterable {
    /// What a rank is behind the first one when a segment of a step begins.
    case lead
    case gate
    case dispatch
    case expert
    case combine
    /// One stage of an all-reduce, its number the round.
    case reduce

    /// Whether bytes travel in it.
    public var isExchange: Bool {
        switch self {
        case .dispatch, .combine, .reduce: true
        case .lead, .gate, .expert: false
        }
    }
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
    /// Whether it moves copies of tokens that their experts share: then each round of a combine
    /// exchange has messages of its own.
    public var isShared: Bool

    public init(
        _ kind: StageKind,
        part: Int = 0,
        round: Int = 0,
        isLastRound: Bool = true,
        isShared: Bool = false
    ) {
        self.isShared = isShared
        self.kind = kind
        self.part = part
        self.round = round
        self.isLastRound = isLastRound
    }

    /// The exchange's number in the step: what it moves are the messages of that exchange.
    public var exchange: Int {
        switch kind {
        case .combine: isShared ? 1 + round : 1
        case .reduce: round
        case .lead, .gate, .dispatch, .expert: 0
        }
    }
}
