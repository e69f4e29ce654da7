// Which failures at links follow from which strikes, and what became of them.

import ClusterRuntime
import FaultPlay
import Faults
import Membership

/// Failures that were found at links and connections on which strikes hold.
struct LinkFinds {
    private struct Find {
        let id: Int
        /// What names the strike.
        let wait: Wait
        /// Host nanoseconds: when it was found, and when its step had begun.
        let at: Int64
        let since: Int64
    }

    private var finds: [Find] = []
    private var appointedAt: Int64 = 0
    /// When strikes were done that are done at an instant, by id.
    private var struckAt: [Int: Int64] = [:]

    mutating func struck(_ id: Int) { struckAt[id] = Coordinator.now }

    /// A step begins.
    mutating func appointed() { appointedAt = Coordinator.now }

    /// A failure was found at a host instant: at a link that a strike holds on, it is its.
    mutating func found(_ failure: RunFailure, at detectedAt: Int64, in book: FaultBook) {
        for (id, wait) in book.blame(for: failure).sorted(by: { $0.key < $1.key }) {
            // What was done at an instant is met once: what fails in the next step has another cause.
            let outcome = book.outcomes[id]
            let isMet = book.isOld(outcome) && finds.contains { $0.id == id }
            if isMet, !outcome.event.kind.traits.lasts { continue }
            finds.append(Find(id: id, wait: wait, at: detectedAt, since: appointedAt))
        }
    }

    /// Whether a strike at a link or a connection explains an incident.
    func explain(_ incident: Incident) -> Bool {
        finds.contains { $0.at == incident.detectedAt }
    }

    /// Writes into the book what was found and done.
    ///
    /// - Returns: milliseconds from each strike to the end of what was done about it, by id; `nil`
    ///   where that did not work.
    func settle(_ incidents: [Incident], in book: inout FaultBook) -> [Int: Double?] {
        var repaired: [Int: Double?] = [:]
        for (id, finds) in Dictionary(grouping: finds, by: \.id) {
            let own = finds.compactMap { find in
                incidents.first { $0.detectedAt == find.at }.map { (find.wait, $0) }
            }
            // A later attempt may be the first that it is known of to have hurt.
            let start =
                [book.touchedAt(id), struckAt[id]].compactMap(\.self)
                .first { $0 <= finds[0].at } ?? finds[0].since
            repaired.updateValue(settle(id, own, since: start, in: &book), forKey: id)
        }
        return repaired
    }

    private func settle(
        _ id: Int,
        _ found: [(wait: Wait, incident: Incident)],
        since start: Int64,
        in book: inout FaultBook
    ) -> Double? {
        guard let (wait, first) = found.first, let last = found.last?.incident else { return nil }
        let milliseconds = { (from: Int64, to: Int64) in Double(to - from) / 1e6 }
        let detection = FaultDetection(
            discoverer: first.discoverer.map { "rank \($0)" } ?? "coordinator",
            cause: .pair(from: wait.peer, to: wait.rank),
            afterMs: milliseconds(start, first.detectedAt)
        )
        for (_, incident) in found {
            let recovery = RecoveryRecord(
                measure: incident.measure,
                succeeded: incident == last && incident.redoneAt != nil,
                decideMs: milliseconds(incident.detectedAt, incident.decidedAt),
                recoverMs: incident.recoveredAt.map { milliseconds(incident.decidedAt, $0) } ?? 0
            )
            book.found(id, detection, recovery)
        }
        if case .linkDown(_, _, _, let reason) = first.failure {
            book.broke(id, reason)
        } else {
            book.broke(id, "\(first.failure)")
        }
        return last.recoveredAt.map { milliseconds(start, $0) }
    }
}
