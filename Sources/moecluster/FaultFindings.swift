// What became of each strike, found from the book and from what the coordinator met: at the end, or
// in the middle of a run that stays.

import ClusterModel
import FaultPlay
import Faults
import Membership

/// Findings about the strikes of one run; a value, so that looking early changes nothing.
struct FaultFindings {
    private(set) var book: FaultBook
    /// When each found fault was repaired, milliseconds since its application; key = id.
    private(set) var repaired: [Int: Double] = [:]
    private(set) var end: FaultedRunEnd?
    /// Failures that no strike explains.
    private(set) var strangers = 0
    /// What was done and worked, whatever had made it necessary.
    private(set) var recoveries: [RecoveryMeasure] = []

    /// Nothing was found.
    init(_ book: FaultBook) {
        self.book = book
        self.book.findSlowWays()
    }

    /// `mended` chunks came damaged and were sent again.
    init(
        _ book: FaultBook,
        _ ledger: StrikeLedger,
        _ linkFinds: LinkFinds,
        _ incidents: [Incident],
        mended: Int
    ) {
        self.book = book
        // Of a step that was given up as the run's last.
        self.book.findSlowWays()
        for outcome in book.outcomes { find(outcome.event.id, ledger, incidents) }
        for id in book.outcomes.indices {
            guard let sentAt = book.touchedAt(id), let mendedAt = book.mendedAt(id) else {
                continue
            }
            repaired[id] = Double(mendedAt - sentAt) / 1e6
        }
        for (id, time) in linkFinds.settle(incidents, in: &self.book) { repaired[id] = time }
        recoveries = incidents.filter { $0.redoneAt != nil }.map(\.measure)
        if mended > 0 { recoveries.append(.resend) }
        let aborts = incidents.filter { $0.measure == .abort }
        let strange = incidents.filter { ledger.cause(of: $0) == nil }
        strangers = strange.count { !linkFinds.explain($0) }
        if let stranger = strange.first(where: { $0.death == .outside }) {
            end = .killedFromOutside("\(stranger.failure)")
        } else if let crash = strange.first(where: { $0.death == .crash }) {
            end = .failed("\(crash.failure): it crashed, by nothing in the plan")
        } else if let abort = aborts.first {
            end = .aborted("\(abort.failure)")
        }
    }

    private mutating func find(_ id: Int, _ ledger: StrikeLedger, _ incidents: [Incident]) {
        let own = ledger.incidents(of: id, among: incidents)
        guard let first = own.first, let last = own.last, let cause = first.rootCause,
            let at = ledger.cause(of: first)?.at
        else { return }
        let since = { (then: Int64, now: Int64) in Double(now - then) / 1e6 }
        let detection = FaultDetection(
            discoverer: first.discoverer.map { "rank \($0)" } ?? "coordinator",
            cause: .npu(cause),
            afterMs: since(at, first.detectedAt)
        )
        // The deaths of a node's workers follow each other: whole again is the cluster after the
        // last of them.
        if let done = last.recoveredAt { repaired[id] = since(at, done) }
        let recovery = RecoveryRecord(
            measure: last.measure,
            succeeded: last.redoneAt != nil,
            decideMs: since(first.detectedAt, first.decidedAt),
            recoverMs: last.recoveredAt.map { since(first.decidedAt, $0) } ?? 0,
            rejoinMs: first.rejoinBeganAt.flatMap { began in
                first.rejoinedAt.map { since(began, $0) }
            }
        )
        book.found(id, detection, recovery)
    }

    /// The run goes on without an expert that is gone: that is all that is done about it.
    mutating func leaveOutLostExperts() {
        for outcome in lostExperts where outcome.isProven && outcome.recoveries.isEmpty {
            let record = RecoveryRecord(measure: .exclude, succeeded: true)
            book.found(outcome.event.id, nil, record)
        }
    }

    private var lostExperts: [FaultOutcome] {
        book.outcomes.filter { $0.event.kind == .expert(.lost) }
    }

    /// Whether tokens went elsewhere than without the faults.
    var hurtsExperts: Bool {
        book.outcomes.contains {
            if case .expert = $0.event.kind { $0.applied != nil } else { false }
        }
    }

    /// What has to be said of a run that was survived.
    var notes: [String] {
        guard hurtsExperts else { return [] }
        let gone = lostExperts.filter { $0.applied != nil }.map { outcome in
            outcome.event.target.text
                + (outcome.healed.map { ", which was back in step \($0.step)" } ?? "")
        }
        let (count, order) = (abs(book.toll.dropped), book.toll.dropped < 0 ? "fewer" : "more")
        return (gone.isEmpty ? [] : ["gone: \(gone.joined(separator: ", "))"])
            + ["\(count) choices of tokens \(order) were dropped than without the faults"]
    }
}
