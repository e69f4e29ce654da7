// Which slots travel between a rank and its peers in one MoE layer, and where their bytes lie:
// counts are announced before any payload, and what was announced is all that is taken.

import ClusterModel
import Exchange

/// The slots of one layer as one rank sees them.
struct ExpertSlots {
    let rank: Rank
    let traffic: ExpertTraffic
    /// Its own tokens that each expert keeps, [experts].
    let kept: [Int]
    /// Slots of an expert for this rank.
    let capacity: Int
    /// The experts that this rank computes, ascending.
    let localExperts: [Int]
    /// The most pairs that a source can announce.
    private let pairsMax: Int
    /// What each source will send here, index = rank; `nil` until announced.
    private var announced: [Announcement?]

    /// What a source will send to this rank.
    private struct Announcement {
        /// Of each local expert.
        var kept: [Int]
        var capacity: Int
    }

    init(rank: Rank, traffic: ExpertTraffic, kept: [Int], capacity: Int, pairsMax: Int) {
        self.rank = rank
        self.traffic = traffic
        self.kept = kept
        self.capacity = capacity
        self.pairsMax = pairsMax
        localExperts = traffic.placement.experts(on: rank)
        announced = Array(repeating: nil, count: traffic.layout.world)
        announced[rank.index] = announcement(for: rank)
    }

    /// Bytes to each rank.
    var send: [Int] { traffic.send(from: rank, kept: kept, capacity: capacity) }

    /// Bytes from each rank, as far as they are announced.
    var receive: [Int] {
        announced.map { announcement in
            guard let announcement else { return 0 }
            return announcement.kept.reduce(0) {
                $0 + traffic.slots(kept: $1, capacity: announcement.capacity)
            } * traffic.tokenBytes.value
        }
    }

    /// Slots that its experts compute, of all that is announced.
    var computed: Int { receive.reduce(0, +) / traffic.tokenBytes.value }

    /// Tokens that a source sends to each local expert.
    func keptHere(from source: Int) -> [Int] { announced[source]?.kept ?? [] }

    // MARK: Counts

    private func announcement(for peer: Rank) -> Announcement {
        guard traffic.sources(of: peer).contains(rank) else {
            return Announcement(kept: [], capacity: 0)
        }
        return Announcement(
            kept: traffic.placement.experts(on: peer).map { kept[$0] },
            capacity: capacity
        )
    }

    /// What is told to a peer: capacity, then a count for each of its experts.
    func counts(for peer: Rank) -> [UInt8] {
        let announcement = announcement(for: peer)
        var bytes: [UInt8] = []
        for value in [announcement.capacity] + announcement.kept {
            withUnsafeBytes(of: UInt32(value).littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Takes what a peer tells.
    ///
    /// - Returns: the bytes after it.
    /// - Throws: `StepProblem` where it is too short, or says more than a rank can have.
    mutating func announce(
        _ counts: UnsafeRawBufferPointer,
        from peer: Rank
    ) throws(StepProblem) -> UnsafeRawBufferPointer {
        let expected = traffic.sources(of: rank).contains(peer) ? localExperts.count : 0
        guard counts.count >= 4 * (1 + expected) else {
            throw StepProblem(
                description: "\(counts.count) bytes of counts from rank \(peer), expected "
                    + "\(4 * (1 + expected)) or more"
            )
        }
        let values = (0...expected).map { index in
            Int(
                UInt32(
                    littleEndian: counts.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                )
            )
        }
        let announcement = Announcement(kept: Array(values.dropFirst()), capacity: values[0])
        // All ranks count capacity by the same rule, over as many tokens.
        guard announcement.capacity <= max(capacity, pairsMax),
            announcement.kept.allSatisfy({ $0 <= announcement.capacity }),
            announcement.kept.reduce(0, +) <= pairsMax
        else {
            throw StepProblem(
                description: "rank \(peer) announces \(announcement.kept) tokens with a capacity "
                    + "of \(announcement.capacity), and it has \(pairsMax)"
            )
        }
        announced[peer.index] = announcement
        return UnsafeRawBufferPointer(rebasing: counts[(4 * (1 + expected))...])
    }

    // MARK: Places

    /// A slot that came: whose expert it is for, and where its bytes lie in the source's message.
    struct Visit {
        var expert: Int
        var slot: Int
        /// Whether a token fills it.
        var isKept: Bool
        var bytes: Range<Int>
    }

    /// Calls `body` with each slot from a source, by expert and position.
    func forEachVisit(from source: Int, _ body: (Visit) -> Void) {
        guard let announcement = announced[source] else { return }
        let size = traffic.tokenBytes.value
        var offset = 0
        for (expert, kept) in zip(localExperts, announcement.kept) {
            for slot in 0..<traffic.slots(kept: kept, capacity: announcement.capacity) {
                body(
                    Visit(
                        expert: expert,
                        slot: slot,
                        isKept: slot < kept,
                        bytes: offset..<offset + size
                    )
                )
                offset += size
            }
        }
    }

    /// A slot of this rank's own tokens, and where its bytes lie in the message to its home.
    struct Own {
        var expert: Int
        var slot: Int
        var isKept: Bool
        var home: Int
        var bytes: Range<Int>
    }

    /// Calls `body` with each slot of this rank's tokens, by expert and position.
    func forEachOwn(_ body: (Own) -> Void) {
        let size = traffic.tokenBytes.value
        var offsets = Array(repeating: 0, count: traffic.layout.world)
        for (expert, kept) in kept.enumerated() {
            let home = traffic.placement.home(of: ExpertIndex(expert), for: rank).index
            for slot in 0..<traffic.slots(kept: kept, capacity: capacity) {
                let start = offsets[home]
                offsets[home] += size
                body(
                    Own(
                        expert: expert,
                        slot: slot,
                        isKept: slot < kept,
                        home: home,
                        bytes: start..<start + size
                    )
                )
            }
        }
    }
}
