import ClusterModel

/// How a chunk stands to what came of its stream before.
public enum ChunkTurn: Sendable, Equatable {
    case next
    /// It has come already.
    case past
    /// It came damaged, or should have come, and was asked for again.
    case again
    /// Some before it have not come.
    case early
}

/// What one rank still expects of one stage.
struct IncomingExchange: Sendable {
    private let streams: [IncomingStream]
    private let receiver: Rank
    private let chunkMax: Int
    /// Bytes read of each stream.
    private var read: [Int]
    /// Chunks that came before their turn, by stream.
    private var early: [Int: [ChunkHeader]] = [:]
    /// Chunks that came damaged and have not come whole.
    private var owed: Set<Owed> = []
    /// Chunks that should have come and were asked for.
    private var missed: Set<Owed> = []
    /// What is still to come, of all bytes and of those for this rank.
    private(set) var all = Progress()
    private(set) var own = Progress()

    private struct Owed: Hashable {
        let stream: Int
        let sequence: Int
    }

    /// How far a stage's bytes have come.
    struct Progress: Sendable {
        /// Bytes no socket has brought yet.
        var unread = 0
        /// Bytes no port has let through yet.
        var undelivered = 0
        /// The last arrival among the chunks read so far, by the model.
        var arriveMax = Instant(picoseconds: .min / 2)
        var deliverMax = Instant(picoseconds: .min / 2)

        mutating func expect(_ bytes: Int) {
            unread += bytes
            undelivered += bytes
        }

        mutating func read(_ bytes: Int, arrive: Instant) {
            unread -= bytes
            arriveMax = max(arriveMax, arrive)
        }

        mutating func delivered(_ bytes: Int, at deliver: Instant) {
            undelivered -= bytes
            deliverMax = max(deliverMax, deliver)
        }

        /// When the last of what has been read is in; `nil` while bytes are still to be read.
        var wake: Instant? {
            guard unread == 0 else { return nil }
            return undelivered > 0 ? arriveMax : deliverMax
        }
    }

    init(_ streams: [IncomingStream], receiver: Rank, chunkMax: ByteCount) {
        self.streams = streams
        self.receiver = receiver
        self.chunkMax = chunkMax.value
        read = Array(repeating: 0, count: streams.count)
        for stream in streams {
            all.expect(stream.run.bytes)
            if stream.run.final == receiver { own.expect(stream.run.bytes) }
        }
    }

    /// What decides that the stage is over.
    func progress(until end: ExchangeEnd) -> Progress {
        switch end {
        case .ownBytes: own
        case .allBytes, .bothWays: all
        }
    }

    /// Whether this chunk is the one that comes next in its stream, had come before, or is ahead
    /// of its turn.
    ///
    /// Changes nothing, as `check` and `hasKept`; see `RankMachine.nextWake` for why it is mutating.
    mutating func turn(of chunk: ChunkHeader) throws(ChunkViolation) -> ChunkTurn {
        guard streams.indices.contains(chunk.stream), streams[chunk.stream].peer == chunk.source
        else { throw .unknownStream(chunk.stream, of: chunk.source) }
        let run = streams[chunk.stream].run
        let size = run.chunk(most: chunkMax)
        let next = read[chunk.stream]
        guard (0...run.bytes / size).contains(chunk.sequence) else {
            throw .wrongSequence(expected: next / size, seen: chunk.sequence)
        }
        let offset = chunk.sequence * size
        guard chunk.offset == offset else {
            throw .wrongOffset(expected: offset, seen: chunk.offset)
        }
        let expected = min(size, run.bytes - offset)
        guard expected > 0, chunk.length == expected else {
            throw .wrongLength(seen: chunk.length, expected: expected)
        }
        if offset < next { return isOwed(chunk.stream, chunk.sequence) ? .again : .past }
        if offset == next { return isMissed(chunk.stream, chunk.sequence) ? .again : .next }
        let isThere = early[chunk.stream]?.contains { $0.sequence == chunk.sequence } ?? false
        return isThere ? .past : .early
    }

    /// Whether this chunk is the one that comes next in its stream.
    mutating func check(_ chunk: ChunkHeader) throws(ChunkViolation) {
        let isStream = streams.indices.contains(chunk.stream)
        if isStream, streams[chunk.stream].peer == chunk.source,
            read[chunk.stream] == streams[chunk.stream].run.bytes
        {
            throw .wrongLength(seen: chunk.length, expected: 0)
        }
        guard try turn(of: chunk) != .next else { return }
        let run = streams[chunk.stream].run
        let next = read[chunk.stream]
        let expected = next / run.chunk(most: chunkMax)
        throw .wrongSequence(expected: expected, seen: chunk.sequence)
    }

    /// Keeps a chunk whose turn has not come.
    mutating func keep(_ chunk: ChunkHeader) { early[chunk.stream, default: []].append(chunk) }

    /// A kept chunk whose turn has come.
    mutating func takeKept(of stream: Int) -> ChunkHeader? {
        guard let index = early[stream]?.firstIndex(where: { $0.offset == read[stream] }) else {
            return nil
        }
        let chunk = early[stream]?.remove(at: index)
        if early[stream]?.isEmpty == true { early[stream] = nil }
        return chunk
    }

    /// Whether chunks are here that wait for those in front of them.
    mutating func hasKept() -> Bool { !early.isEmpty }

    /// Chunks that are here and wait for those in front of them.
    var keptCount: Int { early.values.reduce(0) { $0 + $1.count } }

    /// A socket has brought a chunk: the next one of its stream may come, wherever this one is, and
    /// whatever became of it.
    mutating func took(_ chunk: ChunkHeader) {
        if chunk.offset == read[chunk.stream] { read[chunk.stream] += chunk.length }
        let key = Owed(stream: chunk.stream, sequence: chunk.sequence)
        if !missed.isEmpty { missed.remove(key) }
        if chunk.isDamaged {
            owed.insert(key)
        } else if !owed.isEmpty {
            owed.remove(key)
        }
    }

    /// Who sends a stream.
    func source(of stream: Int) -> Rank { streams[stream].peer }

    /// Whether a chunk came damaged and has not come whole.
    func isOwed(_ stream: Int, _ sequence: Int) -> Bool {
        !owed.isEmpty && owed.contains(Owed(stream: stream, sequence: sequence))
    }

    /// Whether a chunk was asked for because it had not come, and has not come since.
    func isMissed(_ stream: Int, _ sequence: Int) -> Bool {
        !missed.isEmpty && missed.contains(Owed(stream: stream, sequence: sequence))
    }

    /// Asks for a chunk that has not come.
    mutating func miss(_ stream: Int, _ sequence: Int) {
        missed.insert(Owed(stream: stream, sequence: sequence))
    }

    /// Chunks of a stream that cannot come any more by themselves, and were not asked for yet.
    ///
    /// At least two behind them are here; one may be, for a chunk changes places with the next at most.
    func lost(of stream: Int) -> [Int] {
        guard let early = early[stream], early.count > 1 else { return [] }
        let here = Set(early.map(\.sequence))
        let reach = here.sorted()[here.count - 2]
        return (next(of: stream)..<reach).filter { !here.contains($0) && !isMissed(stream, $0) }
    }

    /// Chunks of any stream that have not come, in order.
    var absent: [(stream: Int, sequence: Int)] {
        streams.indices.flatMap { stream -> [(stream: Int, sequence: Int)] in
            let run = streams[stream].run
            guard read[stream] < run.bytes else { return [] }
            let size = run.chunk(most: chunkMax)
            let here = Set((early[stream] ?? []).map(\.sequence))
            return (next(of: stream)..<(run.bytes + size - 1) / size)
                .filter { !here.contains($0) }
                .map { (stream, $0) }
        }
    }

    /// The sequence of the chunk that comes next in a stream.
    private func next(of stream: Int) -> Int {
        read[stream] / streams[stream].run.chunk(most: chunkMax)
    }

    /// It is known when a chunk reaches this rank's own port.
    mutating func arrives(_ chunk: ChunkHeader, at arrive: Instant) {
        all.read(chunk.length, arrive: arrive)
        if isOwn(chunk.stream) { own.read(chunk.length, arrive: arrive) }
    }

    mutating func delivered(_ length: Int, of stream: Int, at deliver: Instant) {
        all.delivered(length, at: deliver)
        if isOwn(stream) { own.delivered(length, at: deliver) }
    }

    private func isOwn(_ stream: Int) -> Bool { streams[stream].run.final == receiver }

    /// Bytes not read yet, by the peer that sends them.
    var missing: [(source: Rank, bytes: Int)] {
        var bytes: [Rank: Int] = [:]
        for (index, stream) in streams.enumerated() where read[index] < stream.run.bytes {
            bytes[stream.peer, default: 0] += stream.run.bytes - read[index]
        }
        for chunk in owed {
            let run = streams[chunk.stream].run
            let size = run.chunk(most: chunkMax)
            bytes[streams[chunk.stream].peer, default: 0] +=
                min(size, run.bytes - chunk.sequence * size)
        }
        return bytes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
