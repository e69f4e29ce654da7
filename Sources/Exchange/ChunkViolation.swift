import ClusterModel

/// Why a chunk is not what this rank expects next.
public enum ChunkViolation: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownExchange(Int)
    case unknownStream(Int, of: Rank)
    /// A chunk lost, doubled or out of order.
    case wrongOffset(expected: Int, seen: Int)
    case wrongSequence(expected: Int, seen: Int)
    case wrongLength(seen: Int, expected: Int)
    case departsTooLate(Instant)
    /// A chunk is asked for that its stream does not have.
    case unsent(sequence: Int, stream: Int)
    case askedTooOften(sequence: Int, stream: Int)

    public var description: String {
        switch self {
        case .unknownExchange(let stage):
            "stage \(stage) is no exchange of this step"
        case .unknownStream(let stream, let rank):
            "rank \(rank) is not the sender of stream \(stream)"
        case .wrongOffset(let expected, let seen):
            "offset \(seen) where \(expected) comes next: a chunk was "
                + (seen > expected ? "lost" : "doubled")
        case .wrongSequence(let expected, let seen):
            "sequence \(seen) where \(expected) comes next: a chunk was "
                + (seen > expected ? "lost" : "doubled")
        case .wrongLength(let seen, let expected):
            expected == 0
                ? "\(seen) bytes after the last one: a chunk too many"
                : "\(seen) bytes, where \(expected) were expected"
        case .departsTooLate(let instant):
            "a departure at \(instant) lies beyond any step"
        case .unsent(let sequence, let stream):
            "chunk \(sequence) of stream \(stream) is asked for, and its stream has no such chunk"
        case .askedTooOften(let sequence, let stream):
            "chunk \(sequence) of stream \(stream) is asked for again more often than is allowed"
        }
    }
}
