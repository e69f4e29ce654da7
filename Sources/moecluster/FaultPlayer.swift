// The faults of a run between the plan that asks for them, the cluster that meets them and the
// results that tell of them.

import ClusterModel
import ClusterRuntime
import Configuration
import Exchange
import FaultPlay
import Faults
import Glibc
import Membership
import Report
import Simulation

/// Plays the faults of one run; without any it does nothing.
final class FaultPlayer {
    private var book: FaultBook
    private var ledger = StrikeLedger()
    private let strikers: [any FaultStriker]
    private let launch = LaunchStriker()
    private let coordinatorStriker = CoordinatorStriker()
    private let folderStriker = FolderStriker()
    /// What the run that this one goes on with has written, by id.
    private let earlier: EarlierFaults
    /// Something was done or seen that the run's folder does not say yet.
    private(set) var hasNews = false
    /// When each found fault was repaired, milliseconds since its application; key = id.
    private var repaired: [Int: Double] = [:]
    private var end: FaultedRunEnd?
    private var linkFinds = LinkFinds()
    /// Failures that no strike explains.
    private var strangers = 0
    /// What was done and worked, whatever had made it necessary.
    private var recoveries: [RecoveryMeasure] = []
    private weak var coordinator: Coordinator?
    /// How often chunks that come damaged are asked for again.
    let resends: ResendLimits?
    /// What was sent again in virtual time; a coordinator counts for itself.
    private var tally = ResendTally()

    /// `earlier` is what the run that this one goes on with has written of its faults.
    init(_ configuration: RunConfiguration, earlier: EarlierFaults = EarlierFaults()) {
        book = FaultBook(configuration.faults, plan: configuration.plan)
        resends = configuration.faults.recovery.resends
        strikers = [
            ProcessStriker(configuration.plan), coordinatorStriker, DescriptorStriker(),
            ConnectionStriker(configuration.plan), folderStriker,
        ]
        self.earlier = earlier
        for id in earlier.applied { book.skip(id) }
        for id in earlier.deaths(book.outcomes) {
            book.prove(id, .foundDead)
            book.found(id, nil, RecoveryRecord(measure: .resume, succeeded: true))
        }
    }

    /// Keeps what is known so far in the run's folder, by `write`.
    func save(by write: @escaping () throws -> Void) {
        // Who cannot write is killed all the same.
        coordinatorStriker.save = { try? write() }
    }

    /// Writes into the run's folder at `path`, if no fault keeps it from that.
    func writing<R>(to path: String, _ body: () throws -> R) throws -> R {
        try folderStriker.write(to: path, body)
    }

    /// The folder says all that is known.
    func saved() { hasNews = false }

    func begin(step: Int, router: Int) {
        guard !book.isEmpty else { return }
        book.begin(step: step, router: router)
        guard let coordinator else { return }
        collect(from: coordinator)
        for event in book.takeEnded(where: { striker(of: $0) != nil }) {
            striker(of: event.kind)?.end(event, on: coordinator)
        }
    }

    func change(_ compiled: CompiledStep) -> CompiledStep {
        book.isEmpty ? compiled : book.change(compiled)
    }

    func observe(_ segments: [StepOutcome]) { book.observe(segments) }

    /// A segment has ended well: what its ranks saw of their ways, index = rank, and when each
    /// ended.
    func played(_ ways: [RankWays], finishes: [Instant]) {
        guard !book.isEmpty else { return }
        for (rank, ways) in ways.enumerated() {
            book.saw(ways, of: Rank(rank))
            tally.add(ways)
        }
        book.ended(finishes: finishes)
    }

    /// What faults do to the experts in the present step.
    var expertHurts: [ExpertHurt] { book.expertHurts }

    /// Has steps in which experts are hurt compared with what they would be otherwise.
    func compare(with tokens: RunTokens) {
        guard case .routed(_, let routing) = tokens else { return }
        book.compare { routing.inputs(step: $0, router: $1) }
    }

    func compile(_ compiler: StepCompiler) -> Coordinator.Compile {
        { [self] in change(try compiler.compile($0, $1, $2)) }
    }

    /// Has `coordinator` do what only it can.
    func attach(to coordinator: Coordinator) {
        guard !book.isEmpty else { return }
        self.coordinator = coordinator
        launch.attach(book.takeLaunchStrikes(), to: coordinator)
        book.seesArrivals = true
        coordinator.onRouting = { [unowned self] in self.expertHurts }
        coordinator.onWays = { [unowned self] in book.saw($1, of: $0) }
        coordinator.onFailure = { [unowned self] in linkFinds.found($0, at: $1, in: book) }
        coordinator.onSegmentEnded = { [unowned self] in book.ended(finishes: $0.finishes) }
        coordinator.onStepAgain = { [unowned self] in book.again() }
        coordinator.onReached = { [unowned self, unowned coordinator] in
            if let event = book.takeReached($0) { strike(event, coordinator) }
        }
        coordinator.onAppointed = { [unowned self, unowned coordinator] in
            linkFinds.appointed()
            self.strike(coordinator)
        }
    }

    private func strike(_ coordinator: Coordinator) {
        for event in book.takeStrikes(where: { striker(of: $0) != nil }) {
            strike(event, coordinator)
        }
    }

    private func strike(_ event: FaultEvent, _ coordinator: Coordinator) {
        guard let striker = striker(of: event.kind) else { return }
        hasNews = true
        linkFinds.struck(event.id)
        if case .hit(let entry) = striker.strike(event, on: coordinator) { ledger.add(entry) }
    }

    private func striker(of kind: FaultKind) -> (any FaultStriker)? {
        strikers.first { $0.plays(kind) }
    }

    private func collect(from coordinator: Coordinator) {
        launch.settle(coordinator, &book, &ledger)
        for striker in strikers { striker.collect(from: coordinator, into: &book) }
    }

    // MARK: After the steps

    /// Takes what was reaped, found and repaired, after the cluster was shut down: of several
    /// processes that a strike has ended the last may not have been reaped before.
    func settle(_ coordinator: Coordinator) {
        guard !book.isEmpty else { return }
        collect(from: coordinator)
        folderStriker.letGo(&book)
        for outcome in book.outcomes { find(outcome.event.id, coordinator.incidents) }
        for id in book.outcomes.indices {
            guard let sentAt = book.touchedAt(id), let mendedAt = book.mendedAt(id) else {
                continue
            }
            repaired[id] = Double(mendedAt - sentAt) / 1e6
        }
        repaired.merge(linkFinds.settle(coordinator.incidents, in: &book)) { $1 }
        recoveries = coordinator.incidents.filter { $0.redoneAt != nil }.map(\.measure)
        if coordinator.resends.mended > 0 { recoveries.append(.resend) }
        let aborts = coordinator.incidents.filter { $0.measure == .abort }
        let strange = coordinator.incidents.filter { ledger.cause(of: $0) == nil }
        strangers = strange.count { !linkFinds.explain($0) }
        if let stranger = strange.first(where: { $0.death == .outside }) {
            end = .killedFromOutside("\(stranger.failure)")
        } else if let crash = strange.first(where: { $0.death == .crash }) {
            end = .failed("\(crash.failure): it crashed, by nothing in the plan")
        } else if let abort = aborts.first {
            end = .aborted("\(abort.failure)")
        }
    }

    private func find(_ id: Int, _ incidents: [Incident]) {
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
            measure: first.measure,
            succeeded: last.redoneAt != nil,
            decideMs: since(first.detectedAt, first.decidedAt),
            recoverMs: last.recoveredAt.map { since(first.decidedAt, $0) } ?? 0,
            rejoinMs: first.rejoinBeganAt.flatMap { began in
                first.rejoinedAt.map { since(began, $0) }
            }
        )
        book.found(id, detection, recovery)
    }

    // MARK: Results

    /// Writes the faults and, if there are any, the verdict on them.
    func report(into results: inout RunResults, mismatches: Int) {
        guard !book.isEmpty else { return }
        results.survival.tokensDroppedByPolicy += max(0, book.toll.dropped)
        results.survival.chunksResent += tally.chunks
        results.survival.bytesResent += tally.bytes
        leaveOutLostExperts()
        results.faults = book.outcomes.map { earlier.joined(record($0)) }
        guard results.outcome != "running" else { return }
        // Whoever interrupts a run is no fault of its plan.
        if results.outcome == "\(RunFailure.interrupted)" {
            end = .killedFromOutside("interrupted")
        }
        let hasEnded = results.outcome == "finished"
        let failed = FaultedRunEnd.failed(
            mismatches > 0 ? "\(mismatches) payloads are not as they were sent" : results.outcome
        )
        let stranger = earlier.stranger(book.outcomes).map(FaultedRunEnd.killedFromOutside)
        let verdict = SurvivalVerdict(
            SurvivalFacts(
                outcomes: book.outcomes.filter { !earlier.isProven($0.event.id) },
                end: mismatches > 0 ? failed : end ?? stranger ?? (hasEnded ? .finished : failed),
                tokensLost: results.survival.tokensLost,
                tokensDuplicated: results.survival.tokensDuplicated,
                stateIsEqual: results.survival.stateIsEqual,
                recoveries: recoveries + earlier.recoveries,
                notes: notes
            )
        )
        let score = book.score(others: strangers)
        results.survival.detection = Detection(
            strikes: score.strikes,
            found: score.found,
            falseAlarms: score.falseAlarms,
            precision: score.precision,
            recall: score.recall
        )
        results.survival.verdict = verdict.level.rawValue
        results.survival.reasons = verdict.reasons
    }

    /// Whether the plan has faults at all.
    var hurts: Bool { !book.isEmpty }

    /// Whether tokens went elsewhere than without its faults.
    var hurtsExperts: Bool {
        book.outcomes.contains {
            if case .expert = $0.event.kind { $0.applied != nil } else { false }
        }
    }

    /// The run goes on without an expert that is gone: that is all that is done about it.
    private func leaveOutLostExperts() {
        for outcome in lostExperts where outcome.isProven && outcome.recoveries.isEmpty {
            let record = RecoveryRecord(measure: .exclude, succeeded: true)
            book.found(outcome.event.id, nil, record)
        }
    }

    private var lostExperts: [FaultOutcome] {
        book.outcomes.filter { $0.event.kind == .expert(.lost) }
    }

    private var notes: [String] {
        guard hurtsExperts else { return [] }
        let gone = lostExperts.filter { $0.applied != nil }.map { "\($0.event.target.text)" }
        let (count, order) = (abs(book.toll.dropped), book.toll.dropped < 0 ? "fewer" : "more")
        return (gone.isEmpty ? [] : ["gone: \(gone.joined(separator: ", "))"])
            + ["\(count) choices of tokens \(order) were dropped than without the faults"]
    }

    private func record(_ outcome: FaultOutcome) -> FaultRecord {
        let stamp = { (stamp: FaultStamp) in
            "step \(stamp.step), \(stamp.time.microseconds) µs"
        }
        // Before any step there is no place in one.
        let isLaunch = outcome.event.moment == .launch
        return FaultRecord(
            id: outcome.event.id,
            kind: outcome.event.kind.name,
            target: "\(outcome.event.target.text)",
            requestedAt: "\(outcome.event.moment)",
            appliedAt: outcome.applied.map { isLaunch ? "launch" : stamp($0) },
            healedAt: outcome.healed.map { isLaunch ? "launch" : stamp($0) },
            evidence: evidence(outcome),
            isProven: outcome.isProven,
            discoverer: outcome.detection?.discoverer,
            detectedAfterMs: outcome.detection?.afterMs,
            recoveredAfterMs: repaired[outcome.event.id],
            recovery: outcome.recoveries.last(where: \.succeeded)?.measure.rawValue
        )
    }

    private func evidence(_ outcome: FaultOutcome) -> [String] {
        let isLast =
            outcome.event.kind == .coordinator(.kill) && outcome.applied != nil
            && outcome.proofs.isEmpty
        // Written before it is done: afterwards nobody is left who could.
        return isLast
            ? ["process \(getpid()) sends itself signal 9"] : outcome.proofs.map(\.text)
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
        case .foundDead: "found dead by the run that went on: the folder free, the run not over"
        case .silence(let time): "silent for \(time.milliseconds) ms of wall time"
        case .startDelayed(let time): "joined \(time.milliseconds) ms of wall time late"
        case .startsFailed(let count):
            "\(count) \(count == 1 ? "start" : "starts") came to nothing"
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

extension Interval {
    /// To the microsecond.
    fileprivate var milliseconds: Double { (seconds * 1e6).rounded() / 1e3 }
}
