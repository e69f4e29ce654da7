// What a rank has of an all-reduce while it is played: stretches of its values leave over the links,
// and what comes is merged into them.

import ClusterModel
import Exchange

/// One rank's values in an all-reduce.
final class Reduction<Value: BitwiseCopyable> {
    let rank: Rank
    let shape: AllReduce
    private let stages: [ReduceStage]
    /// Stretches of what is sent in each stage, by peer.
    private let sends: [[Rank: [ReduceStage.Stretch]]]
    private let buffers: ExchangeBuffers
    private let world: Int
    private let merge: ([[Value]], Range<Int>) -> [Value]
    /// What this rank has; in the end, what all have together.
    ///
    /// Of stable address: bytes leave from here.
    private let values: UnsafeMutableBufferPointer<Value>
    /// Copies of what stages send, by stage and peer: of stretches that do not stand together, and
    /// of a stage that has ended where it may be asked for again, for values change with every stage.
    private var copies: [Int: [Rank: UnsafeMutableBufferPointer<Value>]] = [:]

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
            MemoryLayout<Value>.stride == shape.valueBytes && own.count == shape.count(of: rank),
            "\(own.count) values of \(MemoryLayout<Value>.stride) bytes to reduce"
        )
        self.rank = rank
        self.shape = shape
        self.buffers = buffers
        self.world = world
        self.merge = merge
        stages = shape.stages(of: rank)
        sends = stages.map { Dictionary(grouping: $0.sends, by: \.peer) }
        values = .allocate(capacity: max(1, own.count))
        _ = values.initialize(from: own)
        buffers.visiting.resize(stages.flatMap { bytes($0.receives) })
    }

    deinit {
        values.deallocate()
        for copy in copies.values.flatMap(\.values) { copy.deallocate() }
    }

    /// Bytes to or from each rank.
    private func bytes(_ stretches: [ReduceStage.Stretch]) -> [Int] {
        var bytes = Array(repeating: 0, count: world)
        for stretch in stretches {
            bytes[stretch.peer.index] += stretch.values.count * shape.valueBytes
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
            bufferBytes: shape.count(of: rank) * shape.valueBytes + buffers.visiting.count
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
                description: "rank \(peer) sums other values than this rank, which knows of "
                    + "\(shape.count) in all"
            )
        }
    }

    // MARK: Bytes

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        (stages.map { bytes($0.sends) }, stages.map { bytes($0.receives) })
    }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        if let copy = copies[exchange]?[rank] { return UnsafeMutableRawBufferPointer(copy) }
        guard let stretches = sends[exchange][rank], let range = stretches.first?.values else {
            return .init(start: nil, count: 0)
        }
        if stretches.count > 1 {
            return UnsafeMutableRawBufferPointer(copy(stretches, of: exchange, to: rank))
        }
        return UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: values[range])
        )
    }

    /// Lays the stretches of a message one behind the other.
    private func copy(
        _ stretches: [ReduceStage.Stretch],
        of stage: Int,
        to peer: Rank
    ) -> UnsafeMutableBufferPointer<Value> {
        let message = stretches.flatMap { Array(values[$0.values]) }
        let copy = UnsafeMutableBufferPointer<Value>.allocate(capacity: message.count)
        _ = copy.initialize(from: message)
        copies[stage, default: [:]][peer] = copy
        return copy
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
        for (peer, stretches) in sends[stage] where copies[stage]?[peer] == nil {
            _ = copy(stretches, of: stage, to: peer)
        }
    }

    /// What is there by now: once all stages have ended, what all ranks have together.
    var result: [Value] { Array(values.prefix(shape.count(of: rank))) }

    /// Bytes that came.
    var receivedBytes: Int { buffers.visiting.count }
}
