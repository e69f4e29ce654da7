// What a rank has of an all-reduce while it is played: stretches of its values leave over the links,
// and what comes is merged into them.

import ClusterModel
import Exchange

/// One rank's values in an all-reduce.
final class Reduction<Value: BitwiseCopyable> {
    let rank: Rank
    let shape: AllReduce
    private let stages: [ReduceStage]
    private let buffers: ExchangeBuffers
    private let world: Int
    private let merge: ([[Value]], Range<Int>) -> [Value]
    /// What this rank has; in the end, what all have together.
    ///
    /// Of stable address: bytes leave from here.
    private let values: UnsafeMutableBufferPointer<Value>
    /// What a stage that has ended had sent, by stage and peer, where it may be asked for again:
    /// its values change with every stage.
    private var left: [Int: [Rank: UnsafeMutableBufferPointer<Value>]] = [:]

    /// `merge` makes one of a stretch's values from several ranks.
    init(
        _ own: [Value],
        of rank: Rank,
        _ shape: AllReduce,
        world: Int,
        buffers: ExchangeBuffers,
        merge: @escaping ([[Value]], Range<Int>) -> [Value]
    ) {
        invariant(
            MemoryLayout<Value>.stride == shape.valueBytes && own.count == shape.count,
            "\(own.count) values of \(MemoryLayout<Value>.stride) bytes to reduce"
        )
        self.rank = rank
        self.shape = shape
        self.buffers = buffers
        self.world = world
        self.merge = merge
        stages = shape.stages(of: rank)
        values = .allocate(capacity: max(1, own.count))
        _ = values.initialize(from: own)
        buffers.visiting.resize(stages.flatMap { bytes($0.receives) })
    }

    deinit {
        values.deallocate()
        for copy in left.values.flatMap(\.values) { copy.deallocate() }
    }

    /// Bytes to or from each rank.
    private func bytes(_ stretches: [ReduceStage.Stretch]) -> [Int] {
        var bytes = Array(repeating: 0, count: world)
        for stretch in stretches {
            bytes[stretch.peer.index] = stretch.values.count * shape.valueBytes
        }
        return bytes
    }

    /// What it puts into the step, after so long a gate.
    func input(gate: Interval = .zero) -> RankInput {
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
            gate: gate,
            expert: .zero,
            bufferBytes: shape.count * shape.valueBytes + buffers.visiting.count
        )
    }

    // MARK: Counts

    /// Nothing differs from rank to rank but whether they reduce the same.
    var announcement: [UInt8] {
        withUnsafeBytes(of: UInt64(shape.count).littleEndian) { Array($0) }
    }

    func check(_ announced: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        guard announced.count == 8,
            UInt64(littleEndian: announced.loadUnaligned(as: UInt64.self)) == UInt64(shape.count)
        else {
            throw StepProblem(
                description: "rank \(peer) sums other values than the \(shape.count) of this rank"
            )
        }
    }

    // MARK: Bytes

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        (stages.map { bytes($0.sends) }, stages.map { bytes($0.receives) })
    }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        if let copy = left[exchange]?[rank] { return UnsafeMutableRawBufferPointer(copy) }
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
        if buffers.keepsSent { keepSent(role.round) }
        let results = stages[role.round].results(
            own: { Array(values[$0]) },
            rank: rank,
            came: { peer in
                Array(incoming(exchange: role.round, from: peer).bindMemory(to: Value.self))
            },
            merge: merge
        )
        for (range, numbers) in results {
            _ = UnsafeMutableBufferPointer(rebasing: values[range]).update(from: numbers)
        }
    }

    private func keepSent(_ stage: Int) {
        for stretch in stages[stage].sends {
            let copy = UnsafeMutableBufferPointer<Value>.allocate(
                capacity: stretch.values.count
            )
            _ = copy.initialize(from: values[stretch.values])
            left[stage, default: [:]][stretch.peer] = copy
        }
    }

    /// What is there by now: once all stages have ended, what all ranks have together.
    var result: [Value] { Array(values.prefix(shape.count)) }

    /// Bytes that came.
    var receivedBytes: Int { buffers.visiting.count }
}
