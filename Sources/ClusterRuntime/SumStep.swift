// The sum of gradients over ranks: stretches of float32 values go over the links, stage after
// stage, and every rank adds in the order that the layout names.

import ClusterModel
import Exchange
import MoELayer
import Wire

/// One rank's part of an all-reduce of gradients.
final class SumStep: ReducingStep {
    private let segment: StepSegment
    private let trainer: RankTrainer
    let reduction: Reduction<Float>

    init(prepare: Prepare, plan: ClusterPlan, trainer: RankTrainer, buffers: ExchangeBuffers)
        throws(StepProblem)
    {
        segment = prepare.segment
        self.trainer = trainer
        let sums = trainer.sums
        guard let shape = segment == .sumDense ? sums.dense : sums.experts else {
            throw StepProblem(description: "told to sum experts that live on one rank each")
        }
        reduction = Reduction(
            trainer.summands(segment),
            of: trainer.rank,
            shape,
            world: plan.world,
            buffers: buffers,
            merge: { parts, _ in AllReduce.add(parts) }
        )
    }

    var input: RankInput { reduction.input() }

    func settle() { trainer.take(segment, sum: reduction.result) }

    /// Parameters change with the last sum of a step.
    var learned: RankLearned? {
        segment == .sumDense && trainer.sums.experts != nil ? nil : trainer.learned
    }

    /// Frames have their checksums; that the sum is the right one, the coordinator sees from the
    /// parameters that come of it.
    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        verification.bytes = reduction.receivedBytes
        return (verification, reduction.result.withUnsafeBytes { CRC32C.of($0) })
    }
}
