// The faults of a run between the plan that asks for them, the cluster that meets them and the
// results that tell of them.

import ClusterModel
import ClusterRuntime
import Configuration
import Exchange
import FaultPlay
import Faults
import Links
import Membership
import Report
import Simulation

/// Plays the faults of one run; without any it does nothing.
final class FaultPlayer {
    private var book: FaultBook
    /// Killed by the plan: whom, when (host nanoseconds), and how many had been reaped before.
    private var kills: [(id: Int, ranks: [Rank], at: Int64, reaped: Int)] = []
    /// When each found fault was repaired, milliseconds since its application; key = id.
    private var repaired: [Int: Double] = [:]
    private var end: FaultedRunEnd?
    /// Failures at links that strikes hold on: whose, when, and since when the step ran.
    private var linkFinds: [(id: Int, at: Int64, since: Int64)] = []
    private var appointedAt: Int64 = 0
    /// What was done and worked, whatever had made it necessary.
    private var recoveries: [RecoveryAction] = []

    init(_ configuration: RunConfiguration) {
        book = FaultBook(configuration.faults, plan: configuration.plan)
    }

    func begin(step: Int, router: Int) {
        if !book.isEmpty { book.begin(step: step, router: router) }
    }

    func change(_ compiled: CompiledStep) -> CompiledStep {
        book.isEmpty ? compiled : book.change(compiled)
    }

    func observe(_ segments: [StepOutcome]) { book.observe(segments) }

    /// A segment has ended well: what its ranks saw of their ways, index = rank, and when each
    /// ended.
    func played(_ ways: [RankWays], finishes: [Instant]) {
        guard !book.isEmpty else { return }
        for (rank, ways) in ways.enumerated() { book.saw(ways, of: Rank(rank)) }
        book.ended(finishes: finishes)
    }

    func compile(_ compiler: StepCompiler) -> Coordinator.Compile {
        { [self] in change(try compiler.compile($0, $1, $2)) }
    }

    /// Has `coordinator` do what only it can.
    func attach(to coordinator: Coordinator) {
        guard !book.isEmpty else { return }
        book.seesArrivals = true
        coordinator.onWays = { [unowned self] in book.saw($1, of: $0) }
        coordinator.onFailure = { [unowned self] in found($0, at: $1) }
        coordinator.onSegmentEnded = { [unowned self] in book.ended(finishes: $0.finishes) }
        coordinator.onAppointed = { [unowned self, unowned coordinator] in
            self.appointedAt = Coordinator.now
            for order in self.book.takeConnectionOrders() {
                coordinator.hurt(
                    order.rank,
                    ConnectionHurt(order.fault),
                    peers: order.peers,
                    heals: order.heals
                )
            }
            for kill in self.book.takeKills() {
                let reaped = coordinator.reaped.count
                let at = coordinator.kill(kill.ranks)
                self.kills.append((kill.id, kill.ranks, at, reaped))
            }
        }
    }

    /// A failure was found at a host instant: at a link that a strike holds on, it is its.
    private func found(_ failure: RunFailure, at detectedAt: Int64) {
        guard case .linkDown(let rank, let peer, _, _) = failure else { return }
        for id in book.strikes(between: rank, and: peer) {
            linkFinds.append((id, detectedAt, since: appointedAt))
        }
    }

    // MARK: After the steps

    /// Takes what was reaped, found and repaired, before the cluster is shut down.
    func settle(_ coordinator: Coordinator) {
        for kill in kills {
            let ends = kill.ranks.compactMap { rank in
                coordinator.reaped.dropFirst(kill.reaped).first { $0.rank == rank }
            }
            // Of a node that is killed each process must have been reaped.
            if ends.count == kill.ranks.count {
                for end in ends { book.reaped(kill.id, signal: end.signal, code: end.code) }
            }
            find(kill.id, kill.ranks, kill.at, coordinator.incidents)
        }
        for (id, finds) in Dictionary(grouping: linkFinds, by: \.id) {
            let incidents = finds.compactMap { find in
                coordinator.incidents.first { $0.detectedAt == find.at }
            }
            found(id, incidents, since: book.touchedAt(id) ?? finds[0].since)
        }
        recoveries = coordinator.incidents.filter { $0.redoneAt != nil }.compactMap(
            \.measure.action
        )
        let struck = Set(kills.flatMap(\.ranks))
        let aborts = coordinator.incidents.filter { $0.measure == .abort }
        let strangers = coordinator.incidents.filter { incident in
            guard case .workerEnded(let rank, let how, _) = incident.failure else { return false }
            return how.hasPrefix("killed") && !struck.contains(rank)
        }
        if let stranger = strangers.first {
            end = .killedFromOutside("\(stranger.failure)")
        } else if let abort = aborts.first {
            end = .aborted("\(abort.failure)")
        }
    }

    /// The failures that a strike on a link brought about, in their order, and what was done
    /// about them; the step began at `start`.
    private func found(_ id: Int, _ incidents: [Incident], since start: Int64) {
        guard let first = incidents.first, let last = incidents.last,
            case .linkDown(let rank, let peer, _, let reason) = first.failure
        else { return }
        let milliseconds = { (now: Int64) in Double(now - start) / 1e6 }
        let detection = FaultDetection(
            discoverer: "rank \(rank)",
            cause: .pair(from: peer, to: rank),
            afterMs: milliseconds(first.detectedAt)
        )
        if let done = last.recoveredAt { repaired[id] = milliseconds(done) }
        for incident in incidents {
            let recovery = incident.measure.action.map { action in
                RecoveryRecord(
                    action: action,
                    succeeded: incident == last && incident.redoneAt != nil,
                    decideMs: Double(incident.decidedAt - incident.detectedAt) / 1e6,
                    recoverMs: incident.recoveredAt.map {
                        Double($0 - incident.decidedAt) / 1e6
                    } ?? 0
                )
            }
            book.found(id, detection, recovery)
        }
        book.broke(id, reason)
    }

    private func find(_ id: Int, _ ranks: [Rank], _ at: Int64, _ incidents: [Incident]) {
        guard
            let incident = incidents.first(where: { incident in
                incident.detectedAt >= at && incident.rootCause.map(ranks.contains) ?? false
            }), let cause = incident.rootCause
        else { return }
        // The deaths of a node's workers follow each other: whole again is the cluster after the
        // last of them.
        let last = incidents.last { $0.rootCause.map(ranks.contains) ?? false }
        let since = { (then: Int64, now: Int64) in Double(now - then) / 1e6 }
        let detection = FaultDetection(
            discoverer: incident.discoverer.map { "rank \($0)" } ?? "coordinator",
            cause: .npu(cause),
            afterMs: since(at, incident.detectedAt)
        )
        if let done = last?.recoveredAt { repaired[id] = since(at, done) }
        let recovery = incident.measure.action.map { action in
            RecoveryRecord(
                action: action,
                succeeded: last?.redoneAt != nil,
                decideMs: since(incident.detectedAt, incident.decidedAt),
                recoverMs: incident.recoveredAt.map { since(incident.decidedAt, $0) } ?? 0
            )
        }
        book.found(id, detection, recovery)
    }

    // MARK: Results

    /// Writes the faults and, if there are any, the verdict on them.
    func report(into results: inout RunResults, mismatches: Int) {
        guard !book.isEmpty else { return }
        results.faults = book.outcomes.map(record)
        guard results.outcome != "running" else { return }
        // Whoever interrupts a run is no fault of its plan.
        if results.outcome == "\(RunFailure.interrupted)" {
            end = .killedFromOutside("interrupted")
        }
        let hasEnded = results.outcome == "finished"
        let failed = FaultedRunEnd.failed(
            mismatches > 0 ? "\(mismatches) payloads are not as they were sent" : results.outcome
        )
        let verdict = SurvivalVerdict(
            SurvivalFacts(
                outcomes: book.outcomes,
                end: mismatches > 0 ? failed : end ?? (hasEnded ? .finished : failed),
                tokensLost: results.survival.tokensLost,
                tokensDuplicated: results.survival.tokensDuplicated,
                stateIsEqual: nil,
                recoveries: recoveries
            )
        )
        results.survival.verdict = verdict.level.rawValue
        results.survival.reasons = verdict.reasons
    }

    private func record(_ outcome: FaultOutcome) -> FaultRecord {
        let stamp = { (stamp: FaultStamp) in
            "step \(stamp.step), \(stamp.time.microseconds) µs"
        }
        return FaultRecord(
            id: outcome.event.id,
            kind: outcome.event.kind.name,
            target: "\(outcome.event.target.text)",
            requestedAt: "\(outcome.event.moment)",
            appliedAt: outcome.applied.map(stamp),
            healedAt: outcome.healed.map(stamp),
            evidence: outcome.proofs.map(\.text),
            isProven: outcome.isProven,
            discoverer: outcome.detection?.discoverer,
            detectedAfterMs: outcome.detection?.afterMs,
            recoveredAfterMs: repaired[outcome.event.id]
        )
    }
}

extension ConnectionHurt {
    fileprivate init(_ fault: ConnectionFault) {
        self =
            switch fault {
            case .reset: .reset
            case .halfOpen: .swallow
            case .refuse: .refuse
            case .acceptAndHang: .hang
            }
    }
}

extension RecoveryMeasure {
    fileprivate var action: RecoveryAction? {
        switch self {
        case .retry: .retryStep
        case .restart: .restart
        case .exclude: .exclude
        case .abort: nil
        }
    }
}

extension FaultTarget {
    fileprivate var text: String {
        switch self {
        case .npu(let rank): "npu \(rank)"
        case .node(let node): "node \(node.index)"
        case .link(let link): "link \(link.rawValue)"
        case .pair(let from, let to): "from \(from) to \(to)"
        case .expert(let expert): "expert \(expert.index)"
        case .coordinator: "coordinator"
        case .cluster: "cluster"
        case .random: "random"
        }
    }
}

extension FaultProof {
    /// What was seen, in words.
    fileprivate var text: String {
        switch self {
        case .processEnded(let signal?, _): "reaped, killed by signal \(signal)"
        case .processEnded(nil, let code): "reaped, exited with \(code ?? 0)"
        case .computeStretched(let planned, let taken):
            "computing took \(taken.microseconds) µs, planned were \(planned.microseconds) µs"
        case .silence(let time): "silent for \(time)"
        case .startDelayed(let time): "joined \(time) late"
        case .startsFailed(let count): "\(count) starts came to nothing"
        case .rates(let before, let during, let after):
            "MB/s of emulated time before \(Self.megabytes(before)), "
                + "during \(Self.megabytes(during)), after \(Self.megabytes(after))"
        case .chunks(let count, let first):
            "\(count) chunks, the first in \(first.phase.rawValue) of step \(first.step), from "
                + "\(first.from) to \(first.to), number \(first.sequence)"
        case .connectionError(let name): name
        case .load(let before, let during): "tokens before \(before), during \(during)"
        case .refusedCall(let name): name
        }
    }

    private static func megabytes(_ rate: Double?) -> String {
        rate.map { "\(($0 / 1e3).rounded() / 1e3)" } ?? "unknown"
    }
}
