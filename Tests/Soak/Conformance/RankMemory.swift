// What one rank holds: what it has for others, what has come for it, and what it passes on. A
// byte that left before it was here, or was put in the wrong place, shows in the end.

import ClusterModel
import Exchange
import Links

/// The bytes of a rank.
struct RankMemory {
    private let rank: Rank
    private let program: RankProgram
    private let content: Content
    /// [exchange][rank]: what has come, in its place, and how often each byte has.
    private var messages: [[[UInt8]]]
    private var times: [[[UInt8]]]
    /// Streams for others, by stage.
    private var relayed: [[[UInt8]]]
    /// [exchange][rank]: what it has for others.
    private let own: [[[UInt8]]]
    private let expected: [TrafficMatrix]

    /// What every message says.
    struct Content {
        let step: SoakCase

        /// Ranks of a group have the same to say if shares of it are to fit together.
        private func speaker(_ rank: Rank) -> UInt64 {
            let isShared = step.algorithm == .groupwise
            return UInt64(isShared ? step.ports.layout.leader(of: rank).index : rank.index)
        }

        func bytes(_ exchange: Int, _ origin: Rank, _ final: Rank, count: Int) -> [UInt8] {
            var random = SeededRandom(
                seed: step.seed,
                UInt64(exchange),
                speaker(origin),
                speaker(final)
            )
            return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) | 1 }
        }
    }

    init(_ rank: Rank, _ program: RankProgram, _ step: SoakCase) {
        self.rank = rank
        self.program = program
        content = Content(step: step)
        expected = step.parts == 0 ? [step.matrix] : [step.matrix, step.matrix.transposed]
        messages = expected.map { $0.column(rank).map { Array(repeating: 0, count: $0) } }
        times = messages
        relayed = program.stages.map {
            ($0.exchange?.receives ?? []).map {
                Array(repeating: 0, count: $0.run.final == rank ? 0 : $0.run.bytes)
            }
        }
        own = expected.enumerated().map { number, matrix in
            matrix.row(rank).enumerated().map { peer, count in
                Content(step: step).bytes(number, rank, Rank(peer), count: count)
            }
        }
    }

    func read(_ chunk: DepartingChunk, _ stream: OutgoingStream) -> [UInt8] {
        let stage = program.stages[chunk.stage]
        let first = stream.run.offset + chunk.offset
        switch stream.supply {
        case .own:
            return Array(
                own[stage.role.exchange][stream.run.final.index][first...]
                    .prefix(chunk.length)
            )
        case .relayed(let round, let feed):
            let from = chunk.stage - stage.role.round + Int(round)
            guard let receives = program.stages[from].exchange?.receives else { return [] }
            let run = receives[Int(feed)].run
            guard run.final == rank else {
                return Array(relayed[from][Int(feed)][chunk.offset...].prefix(chunk.length))
            }
            let message = messages[stage.role.exchange][run.origin.index]
            return Array(message[(run.offset + chunk.offset)...].prefix(chunk.length))
        }
    }

    mutating func write(_ bytes: [UInt8], _ chunk: ChunkHeader) {
        let stage = program.stages[chunk.stage]
        guard let run = stage.exchange?.receives[chunk.stream].run else { return }
        guard run.final == rank else {
            let range = chunk.offset..<chunk.offset + chunk.length
            relayed[chunk.stage][chunk.stream].replaceSubrange(range, with: bytes)
            return
        }
        let first = run.offset + chunk.offset
        let (number, origin) = (stage.role.exchange, run.origin.index)
        messages[number][origin].replaceSubrange(first..<first + chunk.length, with: bytes)
        for index in first..<first + chunk.length { times[number][origin][index] += 1 }
    }

    /// Every message has come whole, each byte once, and says what it should.
    func check() throws(Breach) {
        for (number, matrix) in expected.enumerated() {
            for origin in 0..<matrix.size where origin != rank.index {
                let count = matrix[Rank(origin), rank]
                let what = "exchange \(number) from \(origin) to \(rank)"
                try require(
                    times[number][origin].allSatisfy { $0 == 1 },
                    "bytes of \(what) came not once"
                )
                let bytes = content.bytes(number, Rank(origin), rank, count: count)
                try require(messages[number][origin] == bytes, "\(what) is not as it was sent")
            }
        }
    }
}
