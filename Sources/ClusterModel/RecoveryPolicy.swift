// What may be done after a failure, in which order and how often: a part of the plan.

/// One thing that may be done after a failure, from gentle to hard, as `[recovery] policy` names it.
public enum RecoveryMeasure: String, Sendable, Codable, CaseIterable, Comparable {
    /// The step is abandoned everywhere and redone; broken links are made again.
    case retry
    /// Who failed is started again with its rank, from its last checkpoint; then the step is redone.
    case restart
    /// The others go on without it: its experts move to survivors, its tokens are not offered.
    case exclude
    /// The job is started again and goes on with what its folder holds; no rung of a ladder, for
    /// who would climb it is gone.
    case resume
    /// The run ends; what was measured is kept.
    case abort

    /// The rungs that a ladder may have, from gentle to hard.
    public static let allCases: [RecoveryMeasure] = [.retry, .restart, .exclude, .abort]

    /// Whether the final parameters and assignments must equal those of a run without faults.
    public var promisesState: Bool { self < .exclude || self == .resume }

    private var hardness: Int {
        switch self {
        case .retry: 0
        case .restart: 1
        case .exclude: 2
        case .resume: 3
        case .abort: 4
        }
    }

    public static func < (a: RecoveryMeasure, b: RecoveryMeasure) -> Bool {
        a.hardness < b.hardness
    }
}

/// A ladder: each measure as often as its limit says, then the next; above the last one, abort.
public struct RecoveryPolicy: Hashable, Sendable {
    /// Each measure at most once, from gentle to hard.
    public var ladder: [RecoveryMeasure]
    /// Over a whole run: retries, and ranks started again or left out.
    public var retryMax: Int
    public var restartMax: Int
    public var excludeMax: Int

    /// Nothing is tried: any failure ends the run.
    public static let abort = RecoveryPolicy(ladder: [.abort])

    public init(
        ladder: [RecoveryMeasure],
        retryMax: Int = 3,
        restartMax: Int = 2,
        excludeMax: Int = 1
    ) {
        self.ladder = ladder
        self.retryMax = retryMax
        self.restartMax = restartMax
        self.excludeMax = excludeMax
    }

    public func limit(_ measure: RecoveryMeasure) -> Int {
        switch measure {
        case .retry: retryMax
        case .restart: restartMax
        case .exclude: excludeMax
        case .resume, .abort: 1
        }
    }

    /// Whether anything is tried at all.
    public var recovers: Bool { ladder.contains { $0 != .abort && limit($0) > 0 } }

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
