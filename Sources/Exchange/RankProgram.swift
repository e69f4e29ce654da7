import ClusterModel
import Links

/// What one rank does in one step: stages, each of which begins when those it comes after have
/// ended on this rank.
///
/// No global barrier stands between stages. All ranks of a step have the same stages, so a stage
/// has the same number everywhere. Pipelined steps and algorithms of several rounds are graphs.
public struct RankProgram: Sendable, Hashable {
    public enum Work: Sendable, Hashable {
        /// A modelled duration.
        case wait(Interval)
        case exchange(RankExchange)
    }

    public struct Stage: Sendable, Hashable {
        public var role: StageRole
        /// Numbers of the stages it comes after; all are lower than its own.
        public var after: [Int]
        public var work: Work

        public init(_ role: StageRole, after: [Int], _ work: Work) {
            self.role = role
            self.after = after
            self.work = work
        }

        /// What it exchanges, `nil` of a wait.
        public var exchange: RankExchange? {
            guard case .exchange(let exchange) = work else { return nil }
            return exchange
        }
    }

    public let stages: [Stage]
    /// What faults do to the rank's ways to others.
    public var impairments: [LinkImpairment] = []
    /// Ranks whose ways to this one are watched, ascending.
    public var watched: [Rank] = []
    /// Points at which the rank says that it has come to them.
    public var alarms: [ProgramAlarm] = []

    public init(_ stages: [Stage]) {
        for (index, stage) in stages.enumerated() {
            invariant(
                stage.after.allSatisfy { $0 >= 0 && $0 < index },
                "stage \(index) comes after \(stage.after): stages must stand in order"
            )
        }
        self.stages = stages
    }

    /// Whether it moves copies of tokens that experts share.
    public var isShared: Bool { stages.contains { $0.role.isShared } }

    /// Whether it has anything to wait for: a duration, or bytes of its own or of others.
    public var takesPart: Bool {
        stages.contains { stage in
            switch stage.work {
            case .wait(let time): time > .zero
            case .exchange(let exchange):
                exchange.sends.contains { $0.run.bytes > 0 } || exchange.bytesIn > 0
            }
        }
    }

    /// Bytes that pass through `rank`, which plays this, on their way to others.
    public func relayedBytes(of rank: Rank) -> Int {
        stages.reduce(0) { sum, stage in
            (stage.exchange?.receives ?? []).reduce(sum) {
                $0 + ($1.run.final == rank ? 0 : $1.run.bytes)
            }
        }
    }
}
