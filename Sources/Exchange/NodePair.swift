// What one node has for another, and through which NICs of the one and of the other it goes.

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

    init(
        _ from: (node: NodeIndex, shares: RelayShares),
        _ to: (node: NodeIndex, shares: RelayShares),
        _ messages: MessageMatrix,
        _ layout: RankLayout
    ) {
        self.from = from.node
        self.to = to.node
        self.messages = messages
        self.layout = layout
        exits = from.shares.exits
        entries = to.shares.entries
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
