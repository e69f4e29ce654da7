// Which NICs of a node carry whose bytes: all alike, as far as the ports between a rank and its
// mates can take what they are to hand over. What quads share and slow lanes set the limit.

import ClusterModel
import Links

/// The share of each NIC (column) in the bytes between nodes of each rank (row), by index in the
/// node.
struct RelayShares: Equatable {
    /// Of the bytes that a rank sends to other nodes.
    let exits: [[Double]]
    /// Of those that it receives from them.
    let entries: [[Double]]

    init(of node: NodeIndex, _ bytes: TrafficMatrix, _ ports: PortMap) {
        let traffic = NodeTraffic(of: node, bytes, ports)
        let relays = traffic.leastRelays
        exits = Self.shares(relays.exits, of: traffic.out)
        entries = Self.shares(relays.entries, of: traffic.into)
    }

    private static func shares(_ moved: [[Double]], of loads: [Int]) -> [[Double]] {
        moved.indices.map { row in
            let load = Double(max(1, loads[row]))
            var shares = moved[row].map { $0 / load }
            shares[row] = 1 - shares.reduce(0, +)
            return shares
        }
    }
}

/// What NICs of mates carry for a rank (row), by NIC (column), in bytes.
private struct Relays {
    var exits: [[Double]]
    var entries: [[Double]]
    /// Whether no NIC has more to carry than it can in the time.
    var isEnough = true

    init(size: Int) {
        exits = Array(repeating: Array(repeating: 0, count: size), count: size)
        entries = exits
    }
}

/// What a node's ranks have for others and for each other.
private struct NodeTraffic {
    private let ranks: [Rank]
    private let ports: PortMap
    /// Bytes to other nodes, by index in the node.
    private(set) var out: [Int]
    /// Bytes from other nodes.
    private(set) var into: [Int]
    /// Bytes of the node's own messages over its ports inside.
    private var inside: [InsidePort: Double] = [:]

    init(of node: NodeIndex, _ bytes: TrafficMatrix, _ ports: PortMap) {
        let layout = ports.layout
        self.ports = ports
        ranks = (0..<layout.npusPerNode).map { layout.rank(on: node, index: $0) }
        out = Array(repeating: 0, count: ranks.count)
        into = out
        for (index, rank) in ranks.enumerated() {
            for peer in layout.ranks where peer != rank {
                count(bytes[rank, peer], from: rank, to: peer, own: index, \.out)
                count(bytes[peer, rank], from: peer, to: rank, own: index, \.into)
            }
        }
    }

    private mutating func count(
        _ bytes: Int,
        from: Rank,
        to: Rank,
        own index: Int,
        _ loads: WritableKeyPath<NodeTraffic, [Int]>
    ) {
        guard bytes > 0 else { return }
        guard ports.link(from, to) != .roce else { return self[keyPath: loads][index] += bytes }
        let own = ranks[index]
        for port in InsidePort.all(from: from, to: to, ports) where port.isCounted(by: own, from) {
            inside[port, default: 0] += Double(bytes)
        }
    }

    private var nic: Double { Double(ports.links.roce.bandwidth.bytesPerSecond) }

    /// How often the range of times is halved in search of the shortest one: to 1 / 65,536 of it.
    private static let halvings = 16

    /// How long NICs take when all of them carry the same.
    private func even(_ loads: [Int]) -> Double {
        Double(loads.reduce(0, +)) / (nic * Double(ranks.count))
    }

    /// How long the ports inside take for the node's own messages.
    private var ownSeconds: Double { inside.map { $1 / $0.rate(ports) }.max() ?? 0 }

    /// Relays that make the node's busiest port as little busy as handing on in order of ranks finds.
    var leastRelays: Relays {
        let (out, into) = (even(self.out), even(self.into))
        let relays = relays(out, into)
        guard !relays.isEnough else { return relays }
        var low = max(out, into)
        // In this time every NIC can carry what its own rank has.
        var high = Double(max(self.out.max() ?? 0, self.into.max() ?? 0)) / nic
        var best = Relays(size: ranks.count)
        for _ in 0..<Self.halvings {
            let middle = (low + high) / 2
            let relays = self.relays(middle, middle)
            (low, high) = relays.isEnough ? (low, middle) : (middle, high)
            if relays.isEnough { best = relays }
        }
        return best
    }

    /// What mates have to carry so that no NIC takes longer than this, each way.
    private func relays(_ outSeconds: Double, _ inSeconds: Double) -> Relays {
        var relays = Relays(size: ranks.count)
        var lanes = Lanes(used: inside, seconds: max(outSeconds, inSeconds, ownSeconds))
        let isOut = spread(out, outSeconds, &lanes, into: &relays.exits) { ($0, $1) }
        let isIn = spread(into, inSeconds, &lanes, into: &relays.entries) { ($1, $0) }
        relays.isEnough = isOut && isIn
        return relays
    }

    /// Hands what a NIC cannot carry in time to mates of the same quad, then to others.
    ///
    /// `hop`: from whom to whom the bytes go, of a rank and the mate whose NIC carries them.
    private func spread(
        _ loads: [Int],
        _ seconds: Double,
        _ lanes: inout Lanes,
        into moved: inout [[Double]],
        hop: (Rank, Rank) -> (Rank, Rank)
    ) -> Bool {
        let quota = nic * seconds
        var surplus = loads.map { max(0, Double($0) - quota) }
        var room = loads.map { max(0, quota - Double($0)) }
        for link in [LinkClass.hccs, .pcie] {
            for rank in ranks.indices {
                for mate in ranks.indices
                where surplus[rank] > 0 && room[mate] > 0
                    && ports.link(ranks[rank], ranks[mate]) == link
                {
                    let (from, to) = hop(ranks[rank], ranks[mate])
                    let way = InsidePort.all(from: from, to: to, ports)
                    let bytes = min(surplus[rank], room[mate], lanes.free(way, ports))
                    moved[rank][mate] += bytes
                    surplus[rank] -= bytes
                    room[mate] -= bytes
                    lanes.take(bytes, way)
                }
            }
        }
        // A byte is a rounding error.
        return surplus.allSatisfy { $0 < 1 }
    }
}

/// What ports inside a node have left of a time.
private struct Lanes {
    /// Bytes.
    var used: [InsidePort: Double]
    let seconds: Double

    func free(_ way: [InsidePort], _ ports: PortMap) -> Double {
        max(0, way.map { $0.rate(ports) * seconds - (used[$0] ?? 0) }.min() ?? 0)
    }

    mutating func take(_ bytes: Double, _ way: [InsidePort]) {
        for port in way { used[port, default: 0] += bytes }
    }
}

/// A port inside a node, of a rank or of two quads.
private enum InsidePort: Hashable {
    case egress(Rank, Int)
    case ingress(Rank, Int)
    case shared(Int)

    /// Those of a way between mates.
    static func all(from: Rank, to: Rank, _ ports: PortMap) -> [InsidePort] {
        let route = ports.route(from: from, to: to)
        return [.egress(from, route.egress), .ingress(to, route.ingress)]
            + [route.sharedOut, route.sharedIn].compactMap(\.self).map { .shared($0) }
    }

    /// Whether a message is counted at this port when it is its sender's or receiver's turn: a port
    /// of the two once, a shared one when it is the sender's.
    func isCounted(by own: Rank, _ from: Rank) -> Bool {
        switch self {
        case .egress(let rank, _), .ingress(let rank, _): rank == own
        case .shared: own == from
        }
    }

    /// Bytes a second.
    func rate(_ ports: PortMap) -> Double {
        switch self {
        case .egress(_, let port), .ingress(_, let port):
            Double(ports.rate(ofPort: port).bandwidth.bytesPerSecond)
        case .shared(let port): Double(ports.bandwidth(ofSharedPort: port).bytesPerSecond)
        }
    }
}
