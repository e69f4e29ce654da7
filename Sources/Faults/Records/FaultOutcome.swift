import ClusterModel

/// A point of a run as it was: the step, and emulated time since the first measured step began.
public struct FaultStamp: Hashable, Sendable {
    public var step: Int
    public var time: Interval

    public init(step: Int, time: Interval) {
        self.step = step
        self.time = time
    }
}

/// Who found a fault, what they took for its cause, and when.
public struct FaultDetection: Hashable, Sendable {
    /// `coordinator`, `rank 5`.
    public var discoverer: String
    public var cause: FaultTarget
    /// Milliseconds of wall time from its application.
    public var afterMs: Double

    public init(discoverer: String, cause: FaultTarget, afterMs: Double) {
        self.discoverer = discoverer
        self.cause = cause
        self.afterMs = afterMs
    }
}

/// One thing that was done about a fault.
///
/// Milliseconds of wall time, each from the end of the one before it.
public struct RecoveryRecord: Hashable, Sendable {
    public var measure: RecoveryMeasure
    public var succeeded: Bool
    public var decideMs: Double
    public var recoverMs: Double
    /// `nil` where nobody rejoins.
    public var rejoinMs: Double?

    public init(
        measure: RecoveryMeasure,
        succeeded: Bool,
        decideMs: Double = 0,
        recoverMs: Double = 0,
        rejoinMs: Double? = nil
    ) {
        self.measure = measure
        self.succeeded = succeeded
        self.decideMs = decideMs
        self.recoverMs = recoverMs
        self.rejoinMs = rejoinMs
    }
}

/// What became of one strike: asked, applied, proven, found, repaired, healed.
public struct FaultOutcome: Hashable, Sendable {
    /// What was asked.
    public var event: FaultEvent
    /// `nil` if its moment never came.
    public var applied: FaultStamp?
    public var proofs: [FaultProof]
    public var healed: FaultStamp?
    public var detection: FaultDetection?
    public var recoveries: [RecoveryRecord]

    public init(
        event: FaultEvent,
        applied: FaultStamp? = nil,
        proofs: [FaultProof] = [],
        healed: FaultStamp? = nil,
        detection: FaultDetection? = nil,
        recoveries: [RecoveryRecord] = []
    ) {
        self.event = event
        self.applied = applied
        self.proofs = proofs
        self.healed = healed
        self.detection = detection
        self.recoveries = recoveries
    }

    /// Applied, and seen to have taken effect.
    public var isProven: Bool {
        applied != nil && proofs.contains { $0.proves(event.kind) }
    }
}
