import ClusterModel

/// Which tokens each rank reads in each step: real sequences, dealt from the seed.
///
/// A *sequence* is 256 consecutive tokens of one domain. A *pool* is what some nodes read: all
/// domains (`iid`), or the domains dealt to a node round-robin (`domain`; with more nodes than
/// domains, nodes share). A *pass* deals every sequence of a pool once, in a seeded order.
///
/// A step takes as many sequences as its ranks need. As long as one pass holds them, a step deals
/// without repetition and a pass lasts whole steps. A larger step takes several passes, and each
/// pass after the first cuts its sequences at another seeded offset inside the domain (wrapping
/// at its end), so ranks and steps read different batches until a pool has no new cut left (256
/// passes); after that orders differ still.
public struct BatchSampler: Sendable {
    public static let sequenceLength = 256

    /// What the ranks of some nodes read.
    private struct Pool: Sendable {
        /// First token of each sequence and the run of one domain it lies in.
        var sequences: [(start: Int, run: Range<Int>)]
        var label: UInt64
    }

    public let tokensPerRank: Int
    private let nodes: Int
    private let npusPerNode: Int
    private let seed: UInt64
    private let pools: [Pool]

    /// - Parameters:
    ///   - domains: the domain of each token of the store, at least one; a stretch of equal
    ///     values is a run that sequences do not cross.
    ///   - tokensPerRank: s; the last sequence of a batch is cut where it is no multiple of 256.
    ///   - sharding: whether nodes read everything or their own domains.
    ///   - nodes: servers.
    ///   - npusPerNode: ranks of a server.
    ///   - seed: of the run.
    public init(
        domains: [UInt8],
        tokensPerRank: Int,
        sharding: Sharding,
        nodes: Int,
        npusPerNode: Int,
        seed: UInt64
    ) {
        invariant(!domains.isEmpty, "batches from a store without tokens")
        invariant(
            tokensPerRank >= 0 && nodes > 0 && npusPerNode > 0,
            "batches of \(tokensPerRank) tokens for \(nodes) x \(npusPerNode) NPUs"
        )
        self.tokensPerRank = tokensPerRank
        self.nodes = nodes
        self.npusPerNode = npusPerNode
        self.seed = seed
        let runs = Self.runs(of: domains)
        switch sharding {
        case .iid:
            pools = [Pool(sequences: runs.flatMap(Self.sequences), label: 0)]
        case .domain:
            let kinds = Set(domains).sorted()
            let count = min(nodes, kinds.count)
            pools = (0..<count).map { pool in
                let own = Set(stride(from: pool, to: kinds.count, by: count).map { kinds[$0] })
                let ownRuns = runs.filter { own.contains(domains[$0.lowerBound]) }
                return Pool(sequences: ownRuns.flatMap(Self.sequences), label: UInt64(pool))
            }
        }
    }

    /// Indices of the tokens that `rank` reads in `step`, [tokensPerRank].
    public func tokens(of rank: Rank, step: Int) -> [Int] {
        let node = rank.index / npusPerNode
        let pool = pools[node % pools.count]
        let place = node / pools.count * npusPerNode + rank.index % npusPerNode
        let wanted = (tokensPerRank + Self.sequenceLength - 1) / Self.sequenceLength
        let deal = Deal(
            size: pool.sequences.count,
            perStep: wanted * ranks(of: node % pools.count)
        )
        var cards = PassCards(pool: pool.label, size: pool.sequences.count, seed: seed)
        var tokens: [Int] = []
        tokens.reserveCapacity(wanted * Self.sequenceLength)
        for slot in place * wanted..<(place + 1) * wanted {
            let (pass, index) = deal.card(slot: slot, step: step)
            let (sequence, offset) = cards.draw(index, pass: pass)
            let (start, run) = pool.sequences[sequence]
            for i in 0..<Self.sequenceLength {
                tokens.append(
                    run.lowerBound + (start - run.lowerBound + offset + i) % run.count
                )
            }
        }
        tokens.removeLast(tokens.count - tokensPerRank)
        return tokens
    }

    /// Ranks that read from a pool: those of every node dealt to it.
    private func ranks(of pool: Int) -> Int {
        (nodes - pool + pools.count - 1) / pools.count * npusPerNode
    }

    private static func runs(of domains: [UInt8]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for i in 1...domains.count where i == domains.count || domains[i] != domains[start] {
            runs.append(start..<i)
            start = i
        }
        return runs
    }

    /// Whole sequences of a run; a run shorter than one is a sequence that wraps.
    private static func sequences(of run: Range<Int>) -> [(start: Int, run: Range<Int>)] {
        let count = max(1, run.count / sequenceLength)
        return (0..<count).map { (run.lowerBound + $0 * sequenceLength, run) }
    }
}
