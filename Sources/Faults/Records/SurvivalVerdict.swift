// The survival ladder, and the rule that puts a run on it.

import ClusterModel

/// How a run came through its faults.
public enum SurvivalLevel: String, Sendable, Codable, CaseIterable {
    /// No effect.
    case noEffect = "L0"
    case chunkRetried = "L1"
    case stepRetried = "L2"
    /// A worker was started again in place.
    case workerRestarted = "L3"
    /// A worker was left out, its experts placed elsewhere.
    case workerExcluded = "L4"
    /// The coordinator, too.
    case jobRestarted = "L5"
    case failed = "F"
    /// Something that is no fault of the plan interfered.
    case unknown = "U"
    /// A fault has no evidence: nothing was shown.
    case inconclusive = "inconclusive"
}

/// How a run ended.
public enum FaultedRunEnd: Hashable, Sendable {
    /// All steps were done.
    case finished
    /// The policy's abort, with the reason.
    case aborted(String)
    /// Stuck, or broken beyond the policy.
    case failed(String)
    /// A process was killed by something else: out of memory, a user.
    case killedFromOutside(String)
}

/// What the verdict is found from.
public struct SurvivalFacts: Hashable, Sendable {
    public var outcomes: [FaultOutcome]
    public var end: FaultedRunEnd
    public var tokensLost: Int
    public var tokensDuplicated: Int
    /// Whether the final state is the one that was promised; `nil` where none was.
    public var stateIsEqual: Bool?
    /// Recoveries that worked, besides those of the outcomes.
    public var recoveries: [RecoveryMeasure]
    /// What else has to be said of a run that was survived.
    public var notes: [String]

    public init(
        outcomes: [FaultOutcome],
        end: FaultedRunEnd,
        tokensLost: Int,
        tokensDuplicated: Int,
        stateIsEqual: Bool?,
        recoveries: [RecoveryMeasure] = [],
        notes: [String] = []
    ) {
        self.notes = notes
        self.recoveries = recoveries
        self.outcomes = outcomes
        self.end = end
        self.tokensLost = tokensLost
        self.tokensDuplicated = tokensDuplicated
        self.stateIsEqual = stateIsEqual
    }
}

/// The verdict on a run, with its reasons.
public struct SurvivalVerdict: Hashable, Sendable {
    public var level: SurvivalLevel
    /// Never empty.
    public var reasons: [String]

    /// Whether the cluster survived, and this was shown.
    public var isGood: Bool {
        switch level {
        case .noEffect, .chunkRetried, .stepRetried, .workerRestarted, .workerExcluded,
            .jobRestarted:
            true
        case .failed, .unknown, .inconclusive: false
        }
    }

    /// The rule, first that applies: killed from outside is U, for nothing follows from it; a
    /// broken promise (tokens, state, the end) is F, with evidence or without; a fault without
    /// evidence is inconclusive; else the hardest recovery gives the level.
    public init(_ facts: SurvivalFacts) {
        if case .killedFromOutside(let reason) = facts.end {
            self.init(level: .unknown, reasons: ["killed from outside: \(reason)"])
        } else if !facts.failures.isEmpty {
            self.init(level: .failed, reasons: facts.failures)
        } else if !facts.unproven.isEmpty {
            self.init(level: .inconclusive, reasons: facts.unproven)
        } else {
            self.init(hardest: facts.hardest)
            reasons += facts.notes
        }
    }

    private init(level: SurvivalLevel, reasons: [String]) {
        self.level = level
        self.reasons = reasons
    }

    private init(hardest: RecoveryMeasure?) {
        switch hardest {
        case nil, .abort: self.init(level: .noEffect, reasons: ["nothing had to be recovered"])
        case .resend: self.init(level: .chunkRetried, reasons: ["chunks were sent again"])
        case .retry: self.init(level: .stepRetried, reasons: ["steps were done again"])
        case .restart:
            self.init(level: .workerRestarted, reasons: ["workers were started again"])
        case .exclude:
            self.init(level: .workerExcluded, reasons: ["workers or experts were left out"])
        case .resume: self.init(level: .jobRestarted, reasons: ["the job was started again"])
        }
    }
}

extension SurvivalFacts {
    /// Every promise that was broken.
    fileprivate var failures: [String] {
        var failures: [String] = []
        if tokensLost > 0 { failures.append("\(tokensLost) tokens lost") }
        if tokensDuplicated > 0 { failures.append("\(tokensDuplicated) tokens duplicated") }
        if stateIsEqual == false { failures.append("the final state is not the one promised") }
        switch end {
        case .finished, .killedFromOutside: break
        case .aborted(let reason): failures.append("ended by policy: \(reason)")
        case .failed(let reason): failures.append(reason)
        }
        return failures
    }

    fileprivate var unproven: [String] {
        outcomes.filter { !$0.isProven }.map { outcome in
            let event = outcome.event
            let what = outcome.applied == nil ? "was never applied" : "left no evidence"
            return "fault \(event.id) (\(event.kind.name) at \(event.moment)) \(what)"
        }
    }

    /// Those that worked; what was tried in vain before does not count against the run.
    private var done: [RecoveryMeasure] {
        outcomes.flatMap(\.recoveries).filter(\.succeeded).map(\.measure) + recoveries
    }

    fileprivate var hardest: RecoveryMeasure? { done.max() }
}
