import ClusterModel

/// What one rank still expects of one exchange.
struct IncomingExchange: Sendable {
    /// Bytes from each rank.
    private let expected: [Int]
    private var nextOffset: [Int]
    private var nextSequence: [Int]
    /// Bytes no socket has brought yet.
    private(set) var unread: Int
    /// Bytes no port has let through yet.
    private(set) var undelivered: Int
    /// The last arrival among the chunks read so far, by the model.
    private(set) var arriveMax = Instant(picoseconds: .min / 2)
    private(set) var deliverMax = Instant(picoseconds: .min / 2)

    init(expected: [Int], receiver: Rank) {
        var expected = expected
        expected[receiver.index] = 0
        self.expected = expected
        nextOffset = Array(repeating: 0, count: expected.count)
        nextSequence = nextOffset
        unread = expected.reduce(0, +)
        undelivered = unread
        isEmpty = unread == 0
    }

    /// Whether nobody sends this rank anything.
    let isEmpty: Bool

    /// Whether this chunk is the one that comes next from its source.
    func check(_ chunk: ChunkHeader, chunkMax: ByteCount) throws(ChunkViolation) {
        let source = chunk.source.index
        guard expected.indices.contains(source), expected[source] > 0 else {
            throw .unknownSource(chunk.source)
        }
        guard chunk.sequence == nextSequence[source] else {
            throw .wrongSequence(expected: nextSequence[source], seen: chunk.sequence)
        }
        guard chunk.offset == nextOffset[source] else {
            throw .wrongOffset(expected: nextOffset[source], seen: chunk.offset)
        }
        let missing = expected[source] - nextOffset[source]
        guard chunk.length > 0, chunk.length <= min(missing, chunkMax.value) else {
            throw .wrongLength(seen: chunk.length, missing: missing, chunkMax: chunkMax.value)
        }
    }

    mutating func read(_ chunk: ChunkHeader, arrive: Instant) {
        nextOffset[chunk.source.index] += chunk.length
        nextSequence[chunk.source.index] += 1
        unread -= chunk.length
        arriveMax = max(arriveMax, arrive)
    }

    mutating func delivered(_ length: Int, at deliver: Instant) {
        undelivered -= length
        deliverMax = max(deliverMax, deliver)
    }

    /// Bytes not read yet, by source, where any are.
    var missing: [(source: Rank, bytes: Int)] {
        expected.indices.compactMap { source in
            let bytes = expected[source] - nextOffset[source]
            return bytes > 0 ? (Rank(source), bytes) : nil
        }
    }
}
