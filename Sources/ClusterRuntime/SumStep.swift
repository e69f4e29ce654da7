// The sum of gradients over ranks: stretches of float32 values go over the links, stage after
// stage, and every rank adds in the order that the layout names.

import ClusterModel
import Exchange
import MoELayer
import Wire

/// One rank's part of an all-reduce.
final class SumStep: StepWork {
    private let rank: Rank
    private let segment: StepSegment
    private let trainer: RankTrainer
    private let buffers: ExchangeBuffers
    private let stages: [ReduceStage]
    private let world: Int
    private let expectedCount: Int
    /// What this rank has; in the end, the sum.
    ///
    /// Of stable address: bytes leave from here.
    private let values: UnsafeMutableBufferPointer<Float>

    init(prepare: Prepare, plan: ClusterPlan, trainer: RankTrainer, buffers: ExchangeBuffers)
        throws(StepProblem)
    {
        rank = trainer.rank
        segment = prepare.segment
        self.trainer = trainer
        self.buffers = buffers
        world = plan.world
        let sums = trainer.sums
        guard let reduction = segment == .sumDense ? sums.dense : sums.experts else {
            throw StepProblem(description: "told to sum experts that live on one rank each")
        }
        stages = reduction.stages(of: rank)
        expectedCount = reduction.count
        let own = trainer.summands(segment)
        values = .allocate(capacity: max(1, own.count))
        _ = values.initialize(from: own)
        buffers.visiting.resize(
            stages.flatMap { bytes($0.receives) }
        )
    }

    deinit { values.deallocate() }

    /// Bytes to or from each rank.
    private func bytes(_ stretches: [ReduceStage.Stretch]) -> [Int] {
        var bytes = Array(repeating: 0, count: world)
        for stretch in stretches {
            bytes[stretch.peer.index] = stretch.values.count * AllReduce.valueBytes
        }
        return bytes
    }

    var input: RankInput {
        var send = Array(repeating: 0, count: world)
        for stage in stages {
            for (peer, count) in bytes(stage.sends).enumerated() { send[peer] += count }
        }
        return RankInput(
            send: send,
            kept: [],
            offered: 0,
            dropped: 0,
            capacity: 0,
            gate: .zero,
            expert: .zero,
            bufferBytes: expectedCount * AllReduce.valueBytes + buffers.visiting.count
        )
    }

    /// Nothing differs from rank to rank but whether they sum the same.
    func counts(for peer: Rank) -> [UInt8] {
        withUnsafeBytes(of: UInt64(expectedCount).littleEndian) { Array($0) }
    }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        guard counts.count == 8,
            UInt64(littleEndian: counts.loadUnaligned(as: UInt64.self)) == UInt64(expectedCount)
        else {
            throw StepProblem(
                description: "rank \(peer) sums other values than the \(expectedCount) of this rank"
            )
        }
    }

    func ready() {}

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        (stages.map { bytes($0.sends) }, stages.map { bytes($0.receives) })
    }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        let stretch = stages[exchange].sends.first { $0.peer == rank }
        guard let range = stretch?.values else { return .init(start: nil, count: 0) }
        return UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: values[range])
        )
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.visiting.bytes(of: exchange * world + rank.index)
    }

    func stageEnded(_ role: StageRole) {
        guard role.kind == .reduce else { return }
        let stage = stages[role.round]
        let results = stage.results(
            own: { Array(values[$0]) },
            rank: rank,
            came: { peer in
                Array(incoming(exchange: role.round, from: peer).bindMemory(to: Float.self))
            }
        )
        for (range, numbers) in results {
            _ = UnsafeMutableBufferPointer(rebasing: values[range]).update(from: numbers)
        }
    }

    func settle() { trainer.take(segment, sum: Array(values.prefix(expectedCount))) }

    /// Parameters change with the last sum of a step.
    var learned: RankLearned? {
        segment == .sumDense && trainer.sums.experts != nil ? nil : trainer.learned
    }

    /// Frames have their checksums; that the sum is the right one, the coordinator sees from the
    /// parameters that come of it.
    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        verification.bytes = buffers.visiting.count
        let bytes = UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(values))
        return (verification, CRC32C.of(bytes))
    }
}
