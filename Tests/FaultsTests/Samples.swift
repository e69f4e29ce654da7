// What the tests of this folder share.

import ClusterModel
import Faults

/// Two nodes of four, with every class of link.
let ground = FaultGround(
    nodes: 2,
    npusPerNode: 4,
    experts: 16,
    steps: 12,
    links: FaultLinkClass.allCases
)

func fault(_ text: String) throws -> FaultSpec { try FaultSpec(inline: text) }

/// What is wrong with `text`; empty where nothing is.
func mistakes(_ text: String) -> [String] {
    do {
        _ = try FaultSpec(inline: text)
        return []
    } catch {
        return error.problems.map { "\($0.key): \($0.seen)" }
    }
}

/// An outcome of `text`, applied in its step.
func outcome(_ text: String, _ proofs: [FaultProof], _ measures: [RecoveryMeasure] = []) throws
    -> FaultOutcome
{
    let plan = FaultPlan(specs: [try fault(text)], seed: 7)
    return FaultOutcome(
        event: plan.events(on: ground)[0],
        applied: FaultStamp(step: 5, time: .zero),
        proofs: proofs,
        recoveries: measures.map { RecoveryRecord(measure: $0, succeeded: true) }
    )
}
