// Who waits for whom. When a bound passes, most of those that have not done their part only wait for
// somebody: what each says of its peers shows where the chain of waits begins.

import ClusterModel

/// What a rank waits for, as it says with every sign of life.
public struct Waiting: Sendable, Equatable {
    /// The stage of the step's program of which bytes are missing; 0 outside a step.
    public var stage: Int
    /// Who owes it something; empty if it waits for nobody.
    public var peers: [Rank]
    /// How many bytes each of them owes, in the same order; empty for connections and counts.
    public var bytes: [Int]

    public init(stage: Int = 0, peers: [Rank] = [], bytes: [Int] = []) {
        self.stage = stage
        self.peers = peers
        self.bytes = bytes
    }
}

/// One rank that waits for another.
public struct Wait: Sendable, Hashable, CustomStringConvertible {
    public let rank: Rank
    public let peer: Rank
    /// 0 where it waits for a connection or for counts.
    public let bytes: Int

    public init(_ rank: Rank, for peer: Rank, bytes: Int = 0) {
        self.rank = rank
        self.peer = peer
        self.bytes = bytes
    }

    public var description: String {
        "worker \(rank) still waits for " + (bytes > 0 ? "\(bytes) bytes from " : "")
            + "worker \(peer)"
    }
}

/// What ranks said last of their waits in the present phase.
struct WaitBoard: Sendable {
    private var said: [Rank: Waiting] = [:]

    mutating func heard(_ waiting: Waiting, from rank: Rank) { said[rank] = waiting }

    mutating func clear() { said.removeAll() }

    /// The waits that no other wait explains, of those that have not done their part.
    ///
    /// Bytes of a stage are sent once those of all stages before it are there: who misses any of
    /// the earliest stage waits for somebody that could have sent them.
    func first(of late: Set<Rank>, among members: Set<Rank>) -> [Wait] {
        guard let stage = firstStage(of: late) else { return [] }
        return waiting(late).filter { $0.1.stage == stage }.flatMap { rank, waiting in
            waiting.peers.enumerated().filter { members.contains($1) && $1 != rank }.map {
                let isKnown = waiting.bytes.indices.contains($0)
                return Wait(rank, for: $1, bytes: isKnown ? waiting.bytes[$0] : 0)
            }
        }
    }
}

extension WaitBoard {
    /// The earliest stage of which any of these ranks misses something, `nil` if nobody waits.
    func firstStage(of late: Set<Rank>) -> Int? { waiting(late).map(\.1.stage).min() }

    /// Those of these ranks that wait for somebody, in their order.
    private func waiting(_ late: Set<Rank>) -> [(Rank, Waiting)] {
        late.sorted().compactMap { rank in
            said[rank].flatMap { $0.peers.isEmpty ? nil : (rank, $0) }
        }
    }
}

extension [Wait] {
    /// Few ranks of which each wait has one: the one that most waits have in common, and so on.
    ///
    /// Of equals it is the one that owes more, for who waits is rarely to blame.
    public var culprits: Set<Rank> {
        var culprits: Set<Rank> = []
        var left = self
        while !left.isEmpty {
            var shares: [Rank: (waits: Int, owed: Int)] = [:]
            for wait in left {
                shares[wait.rank, default: (0, 0)].waits += 1
                shares[wait.peer, default: (0, 0)].waits += 1
                shares[wait.peer, default: (0, 0)].owed += 1
            }
            guard
                let worst = shares.max(by: { a, b in
                    (a.value.waits, a.value.owed, b.key) < (b.value.waits, b.value.owed, a.key)
                })?.key
            else { break }
            culprits.insert(worst)
            left.removeAll { $0.rank == worst || $0.peer == worst }
        }
        return culprits
    }
}
