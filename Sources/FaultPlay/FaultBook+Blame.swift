// Which strikes a failure at links follows from, and which of its waits names each of them.

import ClusterModel
import Membership

extension FaultBook {
    /// The strikes that the waits of a failure name, by id, each with the wait that names it.
    ///
    /// Of several it is one for a rank that the judge blames: see `culprits`.
    public func blame(for failure: RunFailure) -> [Int: Wait] {
        let culprits = failure.waits.culprits
        let byBlame =
            failure.waits.filter { culprits.contains($0.peer) }
            + failure.waits.filter { !culprits.contains($0.peer) }
        return byBlame.reduce(into: [:]) { blame, wait in
            for id in strikes(at: wait, of: failure) where blame[id] == nil { blame[id] = wait }
        }
    }

    /// The strikes at links that hold in the present segment, and at connections, that a wait can
    /// follow from.
    ///
    /// What is waited for comes over the way from the peer. Only where nothing hurts that way it is
    /// the way back: what is asked for over it does not come either.
    ///
    /// Strikes at links hurt chunks: who waits for counts, or for a connection, while the next
    /// segment is prepared does not wait because of the last one's.
    private func strikes(at wait: Wait, of failure: RunFailure) -> [Int] {
        let connections = connectionStrikes(between: wait.rank, and: wait.peer)
        if case .stalled = failure, wait.bytes == 0 { return connections }
        let there = linkStrikes(on: RankWay(from: wait.peer, to: wait.rank)) + connections
        return there.isEmpty ? linkStrikes(on: RankWay(from: wait.rank, to: wait.peer)) : there
    }

    private func linkStrikes(on way: RankWay) -> [Int] {
        links.filter { $0.cover != nil && $0.ways.contains(way) }.map(\.id)
    }
}
