// What is done about a fault, in which order and how often.

import ClusterModel

/// What can be done, from gentle to hard.
public enum RecoveryAction: Int, Sendable, Codable, CaseIterable, Comparable {
    case retryChunk = 1
    case retryStep
    /// The worker is started again, from its last checkpoint, and the step redone.
    case restart
    /// The run goes on without it.
    case exclude
    /// The whole job is started again from what its folder holds.
    case resumeJob

    public static func < (a: RecoveryAction, b: RecoveryAction) -> Bool { a.rawValue < b.rawValue }

    /// As results name it.
    public var name: String {
        switch self {
        case .retryChunk: "retry-chunk"
        case .retryStep: "retry-step"
        case .restart: "restart"
        case .exclude: "exclude"
        case .resumeJob: "resume"
        }
    }

    /// Whether the final parameters and assignments must equal those of a run without faults.
    public var promisesState: Bool {
        switch self {
        case .retryChunk, .retryStep, .restart, .resumeJob: true
        case .exclude: false
        }
    }
}

/// A rung of the ladder, as `[recovery] policy` names it.
public enum RecoveryRung: String, Sendable, Codable, CaseIterable {
    /// The chunk, then the step.
    case retry
    case restart
    case exclude
    /// A clear end; everything measured is kept.
    case abort
}

/// A ladder: each rung as often as its limit says, then the next; above the last one, abort.
public struct RecoveryPolicy: Hashable, Sendable {
    /// Each rung at most once, from gentle to hard.
    public var ladder: [RecoveryRung]
    /// Uses of each rung in a run.
    public var retryMax: Int
    public var restartMax: Int
    public var excludeMax: Int

    public static let abort = RecoveryPolicy(ladder: [.abort])

    public init(
        ladder: [RecoveryRung],
        retryMax: Int = 3,
        restartMax: Int = 2,
        excludeMax: Int = 1
    ) {
        self.ladder = ladder
        self.retryMax = retryMax
        self.restartMax = restartMax
        self.excludeMax = excludeMax
    }

    public func limit(_ rung: RecoveryRung) -> Int {
        switch rung {
        case .retry: retryMax
        case .restart: restartMax
        case .exclude: excludeMax
        case .abort: 1
        }
    }

    /// The rung to try, after those in `used` (uses in this run so far) and at `lowest` or above:
    /// a retry does not help against a process that is gone.
    public func next(
        used: [RecoveryRung: Int],
        atLeast lowest: RecoveryRung = .retry
    ) -> RecoveryRung {
        let helpful = RecoveryRung.allCases.drop { $0 != lowest }
        return ladder.first { helpful.contains($0) && used[$0, default: 0] < limit($0) } ?? .abort
    }

    /// The `[recovery]` section, key by key; reading it gives an equal policy.
    public var entries: [PlanEntry] {
        let policy =
            ladder.count == 1
            ? TOMLText.string(ladder[0].rawValue) : TOMLText.list(ladder.map(\.rawValue))
        return [
            PlanEntry(section: "recovery", key: "policy", toml: policy),
            PlanEntry(section: "recovery", key: "retry_max", toml: "\(retryMax)"),
            PlanEntry(section: "recovery", key: "restart_max", toml: "\(restartMax)"),
            PlanEntry(section: "recovery", key: "exclude_max", toml: "\(excludeMax)"),
        ]
    }
}
