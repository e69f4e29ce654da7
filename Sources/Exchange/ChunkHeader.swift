import ClusterModel

/// What a frame says of the chunk it carries.
public struct ChunkHeader: Sendable, Equatable {
    /// Counted over the exchanges of the rank's program.
    public let exchange: Int
    public let source: Rank
    public let sequence: Int
    public let offset: Int
    public let length: Int
    /// Modelled instant at which its last byte left the sender's port.
    public let depart: Instant

    public init(
        exchange: Int,
        source: Rank,
        sequence: Int,
        offset: Int,
        length: Int,
        depart: Instant
    ) {
        self.exchange = exchange
        self.source = source
        self.sequence = sequence
        self.offset = offset
        self.length = length
        self.depart = depart
    }
}

/// Why a chunk is not what this rank expects next.
public enum ChunkViolation: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownExchange(Int)
    case unknownSource(Rank)
    /// A chunk lost, doubled or out of order.
    case wrongOffset(expected: Int, seen: Int)
    case wrongSequence(expected: Int, seen: Int)
    case wrongLength(seen: Int, missing: Int, chunkMax: Int)
    case departsTooLate(Instant)

    public var description: String {
        switch self {
        case .unknownExchange(let exchange):
            "exchange \(exchange) is not part of this step"
        case .unknownSource(let rank):
            "rank \(rank) is not a sender of this exchange"
        case .wrongOffset(let expected, let seen):
            "offset \(seen) where \(expected) comes next: a chunk was "
                + (seen > expected ? "lost" : "doubled")
        case .wrongSequence(let expected, let seen):
            "sequence \(seen) where \(expected) comes next: a chunk was "
                + (seen > expected ? "lost" : "doubled")
        case .wrongLength(let seen, let missing, let chunkMax):
            missing == 0
                ? "\(seen) bytes after the last one: a chunk too many"
                : "\(seen) bytes, where 1 to \(min(missing, chunkMax)) were expected"
        case .departsTooLate(let instant):
            "a departure at \(instant) lies beyond any step"
        }
    }
}
