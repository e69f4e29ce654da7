// One failure and what became of it, in host nanoseconds of CLOCK_MONOTONIC.

import ClusterModel

/// A failure, what was decided, and when the run was whole again.
public struct Incident: Sendable, Equatable {
    public var failure: RunFailure
    public var measure: RecoveryMeasure
    /// Who is to blame, `nil` where nobody is known.
    public var rootCause: Rank?
    /// Who noticed: a rank, or `nil` for the coordinator.
    public var discoverer: Rank?
    /// The process that ended, if one did, and the signal that ended it.
    public var process: Int32?
    public var signal: Int?
    /// The caller's number of the step that was under way, `nil` while launching.
    public var step: Int?
    /// The router whose step it was.
    public var router: Int?
    public var phase: String
    public var detectedAt: Int64
    public var decidedAt: Int64
    /// The last of those that were started again has joined; who was left out, if it was.
    public var rejoinedAt: Int64?
    /// Whom the run went on without because of it.
    public var leftOut: Set<Rank> = []
    /// How much of the measure's limit it took: one try, or so many ranks; 0 where who was about to
    /// come back stays away.
    public var charge = 0
    /// Who was left out is started again: its attempt to come back begins.
    public var rejoinBeganAt: Int64?
    /// It stays away for good.
    public var rejoinFailed = false
    /// Every connection stands again.
    public var recoveredAt: Int64?
    /// The step that failed has ended well.
    public var redoneAt: Int64?

    public init(
        failure: RunFailure,
        measure: RecoveryMeasure,
        step: Int?,
        phase: String,
        detectedAt: Int64,
        decidedAt: Int64
    ) {
        self.failure = failure
        self.measure = measure
        rootCause = failure.rootCause
        discoverer = failure.discoverer
        self.step = step
        self.phase = phase
        self.detectedAt = detectedAt
        self.decidedAt = decidedAt
    }
}

extension RunFailure {
    /// Who failed, as far as it is known.
    public var rootCause: Rank? {
        switch self {
        case .workerEnded(let rank, _, _), .connectionLost(let rank, _), .silent(let rank, _, _),
            .protocolViolation(let rank, _), .reported(let rank, _), .planRefused(let rank, _):
            rank
        case .linkDown(_, let peer, _, _): peer
        case .timedOut(_, _, let missing): missing.count == 1 ? missing[0] : nil
        case .stalled(_, _, let waits):
            waits.culprits.count == 1 ? waits.culprits.first : nil
        case .uncompiled, .interrupted: nil
        }
    }

    /// The worker that noticed, `nil` for the coordinator.
    public var discoverer: Rank? {
        switch self {
        case .reported(let rank, _), .planRefused(let rank, _), .linkDown(let rank, _, _, _): rank
        case .workerEnded, .connectionLost, .silent, .protocolViolation, .timedOut, .stalled,
            .uncompiled, .interrupted:
            nil
        }
    }
}
