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

/// What is wrong with the slow ways of a link, by the chunk of them that is hurt the least.
public enum LinkSymptom: Hashable, Sendable {
    /// Bytes take `factor` times as long as the link's rate says.
    case slower(factor: Double)
    /// Chunks come later than their turn and their bytes account for.
    case later(Interval)
}

/// Who found a fault, what they took for its cause, and when.
public struct FaultDetection: Hashable, Sendable {
    /// `coordinator`, `rank 5`.
    public var discoverer: String
    public var cause: FaultTarget
    /// Milliseconds of wall time from its application; `nil` where no host's time passed.
    public var afterMs: Double?
    /// The point of the run at which it was found; `nil` where emulated time does not tell.
    public var at: FaultStamp?
    /// Of a slow link, what it was found by.
    public var symptom: LinkSymptom?
    /// Of links, ways that `cause` does not name.
    public var others = 0

    public init(discoverer: String, cause: FaultTarget, afterMs: Double?) {
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

    /// Emulated time from its application until it was found, where both are of one step.
    public var detectedAfter: Interval? {
        guard let applied, let at = detection?.at, at.step == applied.step else { return nil }
        return max(.zero, at.time - applied.time)
    }

    /// Applied, and seen to have taken effect.
    public var isProven: Bool {
        applied != nil && proofs.contains { $0.proves(event.kind) }
    }
}
