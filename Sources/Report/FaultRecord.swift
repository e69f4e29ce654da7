// One injected fault.

/// What was asked, what was done, what was seen of it and what followed.
public struct FaultRecord: Codable, Sendable, Equatable {
    public var id: Int
    public var kind: String
    public var target: String
    /// As it was written: "step 5".
    public var requestedAt: String
    /// Step and emulated time; left out if its moment never came.
    public var appliedAt: String?
    public var healedAt: String?
    /// Facts that were seen; empty: none.
    public var evidence: [String]
    /// Whether they show that it took effect.
    public var isProven: Bool
    public var discoverer: String?
    /// What the discoverer took for the cause, in the words of `target`: "npu 3", "from 0 to 2".
    public var cause: String?
    /// Of links that were found to be slow, what they were found by: "bytes took 4.0 times as long",
    /// of the least hurt chunk among those that were hurt.
    public var symptom: String?
    /// Step and emulated time at which a slow link or a straggler was found.
    public var detectedAt: String?
    /// Wall-clock, since its application.
    public var detectedAfterMs: Double?
    /// Emulated, since its application; left out where it was found in a later step, or by something
    /// that has no emulated time.
    public var detectedAfterUs: Double?
    /// Wall-clock, since its application: the cluster was whole again.
    public var recoveredAfterMs: Double?
    /// What was done about it and worked: "restart".
    public var recovery: String?

    /// The step of `appliedAt`, which reads "step 5, 1203 µs".
    public var appliedStep: Int? { Self.step(of: appliedAt) }

    /// The step of `detectedAt`.
    var detectedStep: Int? { Self.step(of: detectedAt) }

    private static func step(of moment: String?) -> Int? {
        guard let words = moment?.split(whereSeparator: { $0 == " " || $0 == "," }),
            words.count > 1, words[0] == "step"
        else { return nil }
        return Int(words[1])
    }

    public init(
        id: Int,
        kind: String,
        target: String,
        requestedAt: String,
        appliedAt: String?,
        healedAt: String?,
        evidence: [String],
        isProven: Bool,
        discoverer: String? = nil,
        cause: String? = nil,
        symptom: String? = nil,
        detectedAt: String? = nil,
        detectedAfterMs: Double? = nil,
        detectedAfterUs: Double? = nil,
        recoveredAfterMs: Double? = nil,
        recovery: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.target = target
        self.requestedAt = requestedAt
        self.appliedAt = appliedAt
        self.healedAt = healedAt
        self.evidence = evidence
        self.isProven = isProven
        self.discoverer = discoverer
        self.cause = cause
        self.symptom = symptom
        self.detectedAt = detectedAt
        self.detectedAfterMs = detectedAfterMs
        self.detectedAfterUs = detectedAfterUs
        self.recoveredAfterMs = recoveredAfterMs
        self.recovery = recovery
    }
}
