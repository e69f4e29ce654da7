// Where the bytes of streams lie on one rank: those of its own messages in the step's regions,
// those it passes on in a region of their own.

import ClusterModel
import Exchange

/// Memory of every stream of a rank's program.
final class StreamPlaces {
    private let rank: Rank
    private let program: RankProgram
    private let work: any StepWork
    private let relayed: PayloadRegion
    /// Number in `relayed` of the first stream of each stage; streams follow in order.
    private var firstRelay: [Int] = []

    init(rank: Rank, program: RankProgram, work: any StepWork, relayed: PayloadRegion) {
        self.rank = rank
        self.program = program
        self.work = work
        self.relayed = relayed
        var sizes: [Int] = []
        for stage in program.stages {
            firstRelay.append(sizes.count)
            for stream in stage.exchange?.receives ?? [] {
                sizes.append(stream.run.final == rank ? 0 : stream.run.bytes)
            }
        }
        relayed.resize(sizes)
    }

    /// Where a chunk of a stream that comes in goes.
    func incoming(_ stage: Int, _ stream: Int, offset: Int, length: Int)
        -> UnsafeMutableRawBufferPointer
    {
        guard let exchange = program.stages[stage].exchange else {
            return .init(start: nil, count: 0)
        }
        let run = exchange.receives[stream].run
        guard run.final == rank else {
            return slice(relayed.bytes(of: firstRelay[stage] + stream), offset, length)
        }
        let message = work.incoming(
            exchange: program.stages[stage].role.exchange,
            from: run.origin
        )
        return slice(message, run.offset + offset, length)
    }

    /// Where a chunk of a stream that leaves lies.
    func outgoing(_ stage: Int, _ stream: OutgoingStream, offset: Int, length: Int)
        -> UnsafeRawBufferPointer
    {
        let role = program.stages[stage].role
        switch stream.supply {
        case .own:
            let message = work.outgoing(exchange: role.exchange, to: stream.run.final)
            return UnsafeRawBufferPointer(slice(message, stream.run.offset + offset, length))
        case .relayed(let round, let feed):
            let from = stage - role.round + Int(round)
            return UnsafeRawBufferPointer(
                incoming(from, Int(feed), offset: offset, length: length)
            )
        }
    }

    private func slice(
        _ bytes: UnsafeMutableRawBufferPointer,
        _ offset: Int,
        _ length: Int
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }
}
