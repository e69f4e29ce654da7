// A whole exchange, planned: which bytes each rank sends to whom, by which way, in which rounds.
// Schedules are pure functions of the traffic matrix; the one engine plays them all.

import ClusterModel
import Links

/// Rounds of an exchange for every rank.
public struct ExchangeSchedule: Sendable, Equatable {
    /// [round][rank]; a rank begins a round when it has ended the one before.
    public let rounds: [[RankExchange]]

    init(rounds: [[RankExchange]]) { self.rounds = rounds }

    /// Plans an exchange of `messages`.
    ///
    /// `auto` is no schedule: it has been resolved before. `isReturning`: what went by the same
    /// algorithm comes back.
    public init(
        _ algorithm: ExchangeAlgorithm,
        _ messages: MessageMatrix,
        over ports: PortMap,
        isReturning: Bool = false
    ) {
        switch algorithm {
        case .direct, .auto: self = DirectSchedule.plan(messages, ports)
        case .pairwise: self = PairwiseSchedule.plan(messages, ports)
        case .hierarchical: self = HierarchicalSchedule.plan(messages, ports)
        case .biLevel:
            self =
                isReturning
                ? HierarchicalSchedule.plan(messages, ports) : BiLevelSchedule.plan(messages, ports)
        case .rail: self = RailSchedule.plan(messages, ports)
        case .groupwise: self = GroupwiseSchedule.plan(messages, ports)
        case .balanced: self = BalancedSchedule.plan(messages, ports)
        }
    }
}
