// What LocMoE+ adapts to: every rank counts its tokens' affinities, the counts of all are summed
// over the links, and the same machine on every rank says which mode and which C hold in this very
// step. The gate comes before it, on the clock.

import ClusterModel
import Exchange
import MoELayer
import Routing
import Wire

/// One rank's part of an all-reduce of counts.
final class ResonanceStep: ReducingStep {
    private let layer: Int
    private let trainer: RankTrainer
    private let classes: Int
    private let experts: Int
    /// Tokens of all tensor-parallel groups that take part.
    private let tokens: Int
    let reduction: Reduction<Int>
    let input: RankInput

    init(prepare: Prepare, plan: ClusterPlan, trainer: RankTrainer, buffers: ExchangeBuffers)
        throws
    {
        layer = prepare.segment.layer
        self.trainer = trainer
        experts = plan.model.experts
        tokens = trainer.tokensOfAll
        if layer == 0 { try trainer.begin(step: prepare.step, hurts: prepare.experts) }
        guard let shape = trainer.sums.resonance, let counts = trainer.counts(layer: layer) else {
            throw StepProblem(description: "told to count for a router that adapts to nothing")
        }
        classes = counts.classes
        reduction = Reduction(
            counts.words,
            of: trainer.rank,
            shape,
            world: plan.world,
            buffers: buffers,
            merge: { ResonanceCounts.merge($0, values: $1, of: shape.count(of: trainer.rank)) }
        )
        input = reduction.input(gate: trainer.gateTime(prepare.segment))
    }

    // MARK: Proof

    /// The counts of all ranks, nil where what came cannot be that.
    private var merged: ResonanceCounts? {
        let counts = ResonanceCounts(words: reduction.result, experts: experts, classes: classes)
        guard let counts, counts.members.reduce(0, &+) == tokens else { return nil }
        return counts
    }

    /// Without sound counts nothing is decided, and `verify` has told why.
    func settle() {
        if let merged { trainer.adapt(layer: layer, to: merged) }
    }

    /// Each token of all ranks is counted once; the digest is that of the merged counts, the same on
    /// every rank.
    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        if merged == nil {
            verification.mismatch("merged counts are not those of \(tokens) tokens")
        }
        verification.bytes = reduction.receivedBytes
        return (verification, Self.digest(reduction.result))
    }

    static func digest(_ words: [Int]) -> UInt32 { words.withUnsafeBytes { CRC32C.of($0) } }
}
