// What one node has for another, and through which NICs it goes: each NIC of the one and each of
// the other carries an equal share. A rank's own bytes take its own NIC as far as the share goes.

import ClusterModel

/// Bytes from one node to another, spread over NICs.
struct NodePair {
    private let from: NodeIndex
    private let to: NodeIndex
    private let messages: MessageMatrix
    private let layout: RankLayout
    /// Share of each NIC (column) in the bytes of each rank (row), by index in the node.
    private let exits: [[Double]]
    private let entries: [[Double]]

    init(_ from: NodeIndex, _ to: NodeIndex, _ messages: MessageMatrix, _ layout: RankLayout) {
        self.from = from
        self.to = to
        self.messages = messages
        self.layout = layout
        let size = layout.npusPerNode
        var out = Array(repeating: 0, count: size)
        var into = out
        for i in 0..<size {
            for j in 0..<size {
                let origin = layout.rank(on: from, index: i)
                let bytes = messages.bytes[origin, layout.rank(on: to, index: j)]
                out[i] += bytes
                into[j] += bytes
            }
        }
        exits = NICShares.even(out)
        entries = NICShares.even(into)
    }

    /// Cuts each message into runs by NIC and appends them, in an order that begins elsewhere for
    /// every rank.
    func append(to ways: inout [Way]) {
        let size = layout.npusPerNode
        for step in 0..<size {
            for index in 0..<size {
                let origin = layout.rank(on: from, index: index)
                let final = layout.rank(on: to, index: (index + step) % size)
                guard let run = messages.run(from: origin, to: final) else { continue }
                appendRuns(of: run, to: &ways)
            }
        }
    }

    private func appendRuns(of run: MessageRun, to ways: inout [Way]) {
        let origin = layout.index(of: run.origin)
        let final = layout.index(of: run.final)
        let direct = (origin, final)
        var parts: [(exit: Int, entry: Int, bytes: Int)] = []
        var left = run.bytes
        for (exit, share) in exits[origin].enumerated() where share > 0 {
            for (entry, part) in entries[final].enumerated() where part > 0 {
                let bytes = Int(Double(run.bytes) * share * part)
                guard (exit, entry) != direct, bytes >= BalancedSchedule.runMin else { continue }
                parts.append((exit, entry, bytes))
                left -= bytes
            }
        }
        var offset = run.offset
        // What is left takes the direct way, and goes first: it has no relay to wait for.
        for (exit, entry, bytes) in [(direct.0, direct.1, left)] + parts where bytes > 0 {
            let part = MessageRun(
                origin: run.origin,
                final: run.final,
                offset: offset,
                bytes: bytes
            )
            ways.append(
                Way(
                    run: part,
                    exit: layout.rank(on: from, index: exit),
                    entry: layout.rank(on: to, index: entry),
                    crosses: true
                )
            )
            offset += bytes
        }
    }
}

/// Spreads loads over as many NICs.
enum NICShares {
    /// The share of each NIC (column) in the load of each rank (row), so that every NIC carries
    /// the same; a rank keeps to its own NIC as far as that goes.
    static func even(_ loads: [Int]) -> [[Double]] {
        let count = loads.count
        let quota = Double(loads.reduce(0, +)) / Double(count)
        var room = loads.map { max(0, quota - Double($0)) }
        var shares = loads.indices.map { row in
            loads.indices.map { row == $0 ? 1.0 : 0.0 }
        }
        for rank in loads.indices where Double(loads[rank]) > quota {
            let load = Double(loads[rank])
            var surplus = load - quota
            shares[rank][rank] = quota / load
            for nic in loads.indices where surplus > 0 && room[nic] > 0 {
                let moved = min(surplus, room[nic])
                shares[rank][nic] += moved / load
                room[nic] -= moved
                surplus -= moved
            }
        }
        return shares
    }
}
