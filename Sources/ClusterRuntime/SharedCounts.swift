// What a rank tells another of the tokens that experts of the other's node share: the groups of that
// node, for who gathers them, and which experts of the other each of its copies is for.

import ClusterModel
import Exchange

/// The shared tokens of one rank, as another one needs to know them.
struct SharedCounts: Equatable {
    /// Those on the other's node.
    var groups: [TokenGroup] = []
    /// Of each copy for the other, in order of the message: its experts there.
    var experts: [[Int]] = []

    init() {}

    /// What `grouped`, a rank's tokens, are to `peer`.
    init(_ grouped: GroupedTokens, to peer: Rank, _ traffic: ExpertTraffic) {
        let local = Set(traffic.placement.experts(on: peer))
        let place = traffic.layout.index(of: peer)
        for (group, copies) in zip(grouped.groups, grouped.copies)
        where group.node == traffic.layout.node(of: peer).index {
            groups.append(group)
            guard group.goes(to: place) else { continue }
            experts += copies.map { $0.experts.filter(local.contains) }
        }
    }

    /// Little-endian: how many groups; of each its NPUs (64 bits) and tokens (32); of each copy a bit
    /// for each expert of the receiver, in order, in whole bytes.
    func bytes(for local: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        func append<T: FixedWidthInteger>(_ value: T) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(UInt32(groups.count))
        for group in groups {
            append(group.npus)
            append(UInt32(group.tokens))
        }
        for copy in experts {
            var bits = Array(repeating: UInt8(0), count: (local.count + 7) / 8)
            for (index, expert) in local.enumerated() where copy.contains(expert) {
                bits[index / 8] |= 1 << UInt8(index % 8)
            }
            bytes += bits
        }
        return bytes
    }

    /// Reads what `bytes` wrote.
    ///
    /// - Throws: `StepProblem` where groups cannot be those of this node, of `tokensMax` tokens at
    ///   most, or the length is another than they say.
    init(
        _ bytes: UnsafeRawBufferPointer,
        from peer: Rank,
        to rank: Rank,
        _ traffic: ExpertTraffic,
        tokensMax: Int
    ) throws(StepProblem) {
        func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        let problem = StepProblem(
            description: "rank \(peer) announces groups of tokens that cannot be"
        )
        guard bytes.count >= 4 else { throw problem }
        let count = Int(number(0, as: UInt32.self))
        guard count <= tokensMax, bytes.count >= 4 + 12 * count else { throw problem }
        let places = min(traffic.layout.npusPerNode, ExpertTraffic.groupedPlacesMax)
        let all = UInt64.max >> UInt64(64 - places)
        groups = (0..<count).map {
            TokenGroup(
                node: traffic.layout.node(of: rank).index,
                npus: number(4 + 12 * $0, as: UInt64.self),
                tokens: Int(number(12 + 12 * $0, as: UInt32.self))
            )
        }
        guard TokenGroup.areInOrder(groups),
            groups.allSatisfy({ $0.npus > 0 && $0.npus <= all && $0.tokens > 0 }),
            groups.reduce(0, { $0 + $1.tokens }) <= tokensMax
        else { throw problem }
        let local = traffic.placement.experts(on: rank)
        let width = (local.count + 7) / 8
        let place = traffic.layout.index(of: rank)
        let copies = groups.reduce(0) { $0 + ($1.goes(to: place) ? $1.tokens : 0) }
        guard bytes.count == 4 + 12 * count + copies * width else { throw problem }
        for copy in 0..<copies {
            let first = 4 + 12 * count + copy * width
            let kept = local.indices.filter { bytes[first + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
            guard !kept.isEmpty else { throw problem }
            experts.append(kept.map { local[$0] })
        }
    }
}
