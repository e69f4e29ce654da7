// How often chunks that come damaged, or not at all, may be asked for again: a value for whoever receives them, on
// workers and in virtual time.

import ClusterModel

/// A chunk among those of a step, by whoever counts its streams.
struct ChunkKey: Hashable, Sendable {
    let stage: Int
    let stream: Int
    let sequence: Int
}

/// What one rank has asked for again in one attempt at a step.
public struct ResendBook<Chunk: Hashable & Sendable>: Sendable {
    private let limits: ResendLimits?
    private var asked: [Chunk: Int] = [:]
    private var total = 0

    /// Without limits nothing is asked for again.
    public init(_ limits: ResendLimits?) { self.limits = limits }

    /// A chunk came damaged or is missing: whether it may be asked for again, which is counted.
    ///
    /// If not, it has come wrong as often as is borne: the connection is given up.
    public mutating func mayAsk(for chunk: Chunk) -> Bool {
        let count = asked[chunk, default: 0]
        guard let limits, count < limits.chunk, total < limits.step else { return false }
        asked[chunk] = count + 1
        total += 1
        return true
    }
}
