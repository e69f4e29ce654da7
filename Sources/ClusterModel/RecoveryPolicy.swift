// What may be done after a failure, in which order and how often: a part of the plan.

/// One thing that may be done after a failure, from gentle to hard, as `[recovery] policy` names it.
public enum RecoveryMeasure: String, Sendable, Codable, CaseIterable, Comparable {
    /// A chunk that came with wrong bytes is asked for again, within its step; no rung of its own:
    /// the first half of `retry`.
    case resend
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

    private var hardness: Int {
        switch self {
        case .resend: 0
        case .retry: 1
        case .restart: 2
        case .exclude: 3
        case .resume: 4
        case .abort: 5
        }
    }

    public static func < (a: RecoveryMeasure, b: RecoveryMeasure) -> Bool {
        a.hardness < b.hardness
    }
}

/// How often chunks are asked for again before their step is given up.
public struct ResendLimits: Hashable, Sendable {
    /// The same chunk.
    public var chunk: Int
    /// All chunks that one rank expects in one attempt at a step.
    public var step: Int

    public init(chunk: Int, step: Int) {
        self.chunk = chunk
        self.step = step
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
    /// Before a step is retried: a zero turns that off.
    public var resendMax: Int
    public var resendStepMax: Int
    /// Steps that a run goes on without a rank that was left out before it is started again;
    /// `nil`: it stays away.
    public var rejoinAfter: Int?

    /// Nothing is tried: any failure ends the run.
    public static let abort = RecoveryPolicy(ladder: [.abort])

    public init(
        ladder: [RecoveryMeasure],
        retryMax: Int = 3,
        restartMax: Int = 2,
        excludeMax: Int = 1,
        resendMax: Int = 3,
        resendStepMax: Int = 64,
        rejoinAfter: Int? = nil
    ) {
        self.ladder = ladder
        self.retryMax = retryMax
        self.restartMax = restartMax
        self.excludeMax = excludeMax
        self.resendMax = resendMax
        self.resendStepMax = resendStepMax
        self.rejoinAfter = rejoinAfter
    }

    public func limit(_ measure: RecoveryMeasure) -> Int {
        switch measure {
        case .retry: retryMax
        case .restart: restartMax
        case .exclude: excludeMax
        case .resume, .abort: 1
        case .resend: resendMax
        }
    }

    /// How often chunks are asked for again; `nil`: never, the first one breaks its step.
    public var resends: ResendLimits? {
        guard ladder.contains(.retry), resendMax > 0, resendStepMax > 0 else { return nil }
        return ResendLimits(chunk: resendMax, step: resendStepMax)
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
            PlanEntry(section: "recovery", key: "resend_max", toml: "\(resendMax)"),
            PlanEntry(section: "recovery", key: "resend_step_max", toml: "\(resendStepMax)"),
            PlanEntry(section: "recovery", key: "rejoin", toml: TOMLText.string(rejoin)),
        ]
    }

    /// As a configuration says it.
    private var rejoin: String {
        guard let steps = rejoinAfter else { return "never" }
        return "after \(steps) step" + (steps == 1 ? "" : "s")
    }
}
