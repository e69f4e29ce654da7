// What faults of the plan do to an NPU's connections, and what it saw of its ways.

import ClusterModel
import Exchange
import Links
import Membership
import Wire

extension EmulatedNPU {
    /// Does to its own connections what a fault has it do; the peers have to notice.
    func hurt(_ hurt: Hurt) {
        switch (hurt.kind, hurt.heals) {
        case (.reset, _): for peer in hurt.peers { part(from: peer) { $0.reset() } }
        case (.swallow, let heals):
            for peer in hurt.peers where links.indices.contains(peer.index) {
                // What was swallowed is lost: a side that is back resets what it finds.
                if heals, links[peer.index]?.isHalfOpen == true { part(from: peer) { $0.reset() } }
                links[peer.index]?.isHalfOpen = !heals
            }
        case (.refuse, false):
            door.refused.formUnion(hurt.peers)
            for peer in hurt.peers { part(from: peer) { $0.close() } }
        case (.refuse, true): door.refused.subtract(hurt.peers)
        case (.hang, false):
            door.hanging.formUnion(hurt.peers)
            for peer in hurt.peers { part(from: peer) { $0.close() } }
        case (.hang, true): door.hanging.subtract(hurt.peers)
        }
    }

    private func part(from peer: Rank, _ end: (MeshLink) -> Void) {
        guard links.indices.contains(peer.index), let link = links[peer.index] else { return }
        links[peer.index] = nil
        end(link)
        _ = machine.unlinked(peer)
    }

    /// Tells once what it saw of impaired and watched ways in the step that is over or given up,
    /// if there are any.
    func tellWays(isWhole: Bool = false) {
        guard let player, !player.hasToldWays else { return }
        player.hasToldWays = true
        defer { (oddities, touchedAt) = ([:], [:]) }
        var ways = player.ways()
        ways.isWhole = isWhole
        for (index, record) in ways.records.enumerated() {
            guard let odd = oddities.removeValue(forKey: record.peer) else { continue }
            ways.records[index].doubled = odd.doubled
            ways.records[index].stale = odd.stale
            ways.records[index].early = odd.early
            ways.records[index].oddAt = odd.oddAt
            ways.records[index].mendedAt = odd.mendedAt
        }
        for (index, mark) in ways.marks.enumerated() {
            ways.marks[index].sentAt = touchedAt[mark.peer] ?? 0
        }
        guard !ways.isEmpty else { return }
        tell(.ways(serial: player.serial, ways))
    }
}
