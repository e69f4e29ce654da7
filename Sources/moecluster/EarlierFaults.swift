// Faults of a run that was killed or ended, as its folder tells of them to the run that goes on.

import ClusterModel
import Faults
import Report

/// What became of strikes before this run began.
struct EarlierFaults {
    private var records: [Int: FaultRecord] = [:]
    /// How the earlier run ended: "running" for one that was killed; `nil` without one.
    private var outcome: String?
    /// How well it had found them.
    private(set) var detection: Detection?

    init() {}

    /// `results` are the last that the run wrote; `nil` if it wrote none.
    init(_ results: RunResults?) {
        outcome = results?.outcome ?? "running"
        detection = results?.survival.detection
        for record in results?.faults ?? [] where record.appliedAt != nil {
            records[record.id] = record
        }
    }

    var applied: [Int] { records.keys.sorted() }

    func isProven(_ id: Int) -> Bool { records[id]?.isProven ?? false }

    /// Of these strikes those that killed the coordinator: its folder is free, its run not over.
    func deaths(_ outcomes: [FaultOutcome]) -> [Int] {
        guard outcome == "running" else { return [] }
        return outcomes.filter { $0.event.kind == .coordinator(.kill) }.map(\.event.id).filter {
            records[$0]?.isProven == false
        }
    }

    /// What was done and worked; that the job was started again is one of it where the plan's
    /// faults had ended the earlier run.
    var recoveries: [RecoveryMeasure] {
        let done = records.values.compactMap(\.recovery).compactMap(RecoveryMeasure.init)
        return done + (hasEnded && !isFromOutside ? [.resume] : [])
    }

    private var hasEnded: Bool { outcome != nil && outcome != "running" }
    private var isFromOutside: Bool { outcome == "interrupted" }

    /// Why nothing follows from this run; `nil` where the plan explains the end of the earlier.
    func stranger(_ outcomes: [FaultOutcome]) -> String? {
        if isFromOutside { return "the run before was interrupted" }
        return deaths(outcomes).isEmpty ? death : nil
    }

    /// That the coordinator of the earlier run was killed; `nil` where it ended by itself.
    var death: String? {
        outcome == "running" ? "the coordinator of the run before, by nothing in the plan" : nil
    }

    /// The record of a strike with what was known of it before.
    func joined(_ record: FaultRecord) -> FaultRecord {
        guard let earlier = records[record.id] else { return record }
        var joined = earlier
        if !earlier.isProven {
            joined.evidence += record.evidence
            joined.isProven = record.isProven
        }
        joined.healedAt = earlier.healedAt ?? record.healedAt
        joined.discoverer = earlier.discoverer ?? record.discoverer
        joined.cause = earlier.cause ?? record.cause
        joined.symptom = earlier.symptom ?? record.symptom
        joined.detectedAt = earlier.detectedAt ?? record.detectedAt
        joined.detectedAfterUs = earlier.detectedAfterUs ?? record.detectedAfterUs
        joined.detectedAfterMs = earlier.detectedAfterMs ?? record.detectedAfterMs
        joined.recoveredAfterMs = earlier.recoveredAfterMs ?? record.recoveredAfterMs
        joined.recovery = record.recovery ?? earlier.recovery
        return joined
    }
}
