// The faults of a run between the plan that asks for them, the cluster that meets them and the
// results that tell of them.

import ClusterModel
import ClusterRuntime
import Configuration
import Exchange
import FaultPlay
import Faults
import Membership
import Report
import Simulation
import Standing

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
    /// What the run's folder says of each fault.
    private var told: [Int: [Bool]] = [:]
    /// More faults may be asked for while the cluster stands.
    private var isOpen = false
    /// What follows from all that is known, as of the last look.
    private var findings: FaultFindings?
    private var linkFinds = LinkFinds()
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

    /// Something was done or seen that the run's folder does not say yet.
    var hasNews: Bool { !book.isEmpty && news != told }

    /// The folder says all that is known.
    func saved() { told = news }

    /// How far each fault of the plan has come: of one that strikes again and again the first strike
    /// is news, the others can wait.
    private var news: [Int: [Bool]] {
        book.outcomes.reduce(into: [:]) { news, outcome in
            let own = [
                outcome.applied != nil, outcome.isProven, outcome.healed != nil,
                outcome.detection != nil,
            ]
            news[outcome.event.spec] =
                news[outcome.event.spec].map { zip($0, own).map { $0 || $1 } } ?? own
        }
    }

    /// There are no faults, and none will come.
    private var isIdle: Bool { book.isEmpty && !isOpen }

    func begin(step: Int, router: Int) {
        guard !isIdle else { return }
        book.begin(step: step, router: router)
        guard let coordinator else { return }
        collect(from: coordinator)
        for event in book.takeEnded(where: { striker(of: $0) != nil }) {
            striker(of: event.kind)?.end(event, on: coordinator)
        }
    }

    func change(_ compiled: CompiledStep) -> CompiledStep {
        isIdle ? compiled : book.change(compiled)
    }

    func observe(_ segments: [StepOutcome]) { book.observe(segments) }

    /// A segment has ended well: what its ranks saw of their ways, and when their stages ended,
    /// index = rank.
    func played(_ ways: [RankWays], stageEnds: [[Instant]]) {
        guard !isIdle else { return }
        for (rank, ways) in ways.enumerated() {
            book.saw(ways, of: Rank(rank))
            tally.add(ways)
        }
        book.ended(stageEnds: stageEnds)
    }

    /// What faults do to the experts in the present step.
    var expertHurts: [ExpertHurt] { book.expertHurts }

    /// Has steps in which experts are hurt compared with what they would be otherwise.
    func compare(with tokens: RunTokens) {
        switch tokens {
        case .routed(_, let routing): book.compare { [routing.inputs(step: $0, router: $1)] }
        case .learned(_, let reference, _): book.compare { reference.unhurt(router: $1) }
        }
    }

    /// What faults do to the experts in a step, whether it has come or not.
    func expertHurts(in step: Int) -> [ExpertHurt] { book.expertHurts(in: step) }

    func compile(_ compiler: StepCompiler) -> Coordinator.Compile {
        { [self] in change(try compiler.compile($0, $1, $2)) }
    }

    /// Has `coordinator` do what only it can.
    func attach(to coordinator: Coordinator) {
        guard !isIdle else { return }
        self.coordinator = coordinator
        launch.attach(book.takeLaunchStrikes(), to: coordinator)
        book.seesArrivals = true
        coordinator.onRouting = { [unowned self] in self.expertHurts }
        coordinator.onWays = { [unowned self] in book.saw($1, of: $0) }
        coordinator.onFailure = { [unowned self] in linkFinds.found($0, at: $1, in: book) }
        coordinator.onSegmentEnded = { [unowned self] in
            book.ended(stageEnds: $0.stageEnds, excluded: $0.excluded)
        }
        coordinator.onStepAgain = { [unowned self] in book.again() }
        coordinator.onReached = { [unowned self, unowned coordinator] in
            if let event = book.takeReached($0.strike, at: $0.at) { strike(event, coordinator) }
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
        judge(coordinator)
    }

    /// Takes what is known by now, in the middle of the run.
    func look(at coordinator: Coordinator) {
        guard !book.isEmpty else { return }
        collect(from: coordinator)
        judge(coordinator)
    }

    private func judge(_ coordinator: Coordinator) {
        findings = FaultFindings(
            book,
            ledger,
            linkFinds,
            coordinator.incidents,
            mended: coordinator.resends.mended
        )
    }

    // MARK: Results

    /// Writes the faults and, if there are any, the verdict on them: of a run that goes on only
    /// where it is asked for, as if nothing more happened.
    func report(into results: inout RunResults, mismatches: Int, soFar: Bool = false) {
        guard !book.isEmpty else { return }
        results.survival.tokensDroppedByPolicy += max(0, book.toll.dropped)
        results.survival.chunksResent += tally.chunks
        results.survival.bytesResent += tally.bytes
        var findings = self.findings ?? FaultFindings(book)
        findings.leaveOutLostExperts()
        let outcomes = findings.book.outcomes
        let isShown = { [isOpen, book] (outcome: FaultOutcome) in
            // Of a fault that comes again and again, what may come is no news.
            !isOpen || outcome.applied != nil || book.hasCome(outcome.event.moment)
                || outcomes.count { $0.event.spec == outcome.event.spec } == 1
        }
        results.faults = outcomes.filter(isShown).map { outcome in
            let repaired = findings.repaired[outcome.event.id]
            return earlier.joined(FaultRecord(outcome, recoveredAfterMs: repaired))
        }
        let score = findings.book.score(others: findings.strangers) { [earlier] in
            !earlier.isProven($0)
        }
        results.survival.detection = Detection(
            strikes: score.strikes + (earlier.detection?.strikes ?? 0),
            found: score.found + (earlier.detection?.found ?? 0),
            falseAlarms: score.falseAlarms + (earlier.detection?.falseAlarms ?? 0)
        )
        guard results.outcome != "running" || soFar else { return }
        var end = findings.end
        // Whoever interrupts a run is no fault of its plan.
        if results.outcome == "\(RunFailure.interrupted)" {
            end = .killedFromOutside("interrupted")
        }
        let hasEnded = results.outcome == "finished" || soFar
        let failed = FaultedRunEnd.failed(
            mismatches > 0 ? "\(mismatches) payloads are not as they were sent" : results.outcome
        )
        let stranger = earlier.stranger(book.outcomes).map(FaultedRunEnd.killedFromOutside)
        let verdict = SurvivalVerdict(
            SurvivalFacts(
                outcomes: judged(outcomes, soFar: soFar),
                end: mismatches > 0 ? failed : end ?? stranger ?? (hasEnded ? .finished : failed),
                tokensLost: results.survival.tokensLost,
                tokensDuplicated: results.survival.tokensDuplicated,
                stateIsEqual: results.survival.stateIsEqual,
                recoveries: findings.recoveries + earlier.recoveries,
                notes: findings.notes + waiting(outcomes)
            )
        )
        results.survival.verdict = verdict.level.rawValue
        results.survival.reasons = verdict.reasons
    }

    /// Whether the plan has faults at all.
    var hurts: Bool { !book.isEmpty }

    /// Whether tokens went elsewhere than without its faults.
    var hurtsExperts: Bool { FaultFindings(book).hurtsExperts }

    /// A cluster that is ended by hand has not come to all strikes, and in the middle of a step it
    /// cannot know yet what will be seen of those of this step.
    private func judged(_ outcomes: [FaultOutcome], soFar: Bool) -> [FaultOutcome] {
        outcomes.filter { outcome in
            guard !earlier.isProven(outcome.event.id) else { return false }
            guard isOpen, !outcome.isProven else { return true }
            if soFar { return book.isOld(outcome) }
            return outcome.applied != nil || book.hasCome(outcome.event.moment)
        }
    }

    private func waiting(_ outcomes: [FaultOutcome]) -> [String] {
        guard isOpen else { return [] }
        let count = outcomes.count { $0.applied == nil && !book.hasCome($0.event.moment) }
        return count == 0
            ? [] : ["\(count) \(count == 1 ? "strike was" : "strikes were") not due yet"]
    }
}

// MARK: By hand

extension FaultPlayer {
    /// The most strikes that may be asked for while the cluster stands.
    static let strikesMax = 4096

    /// Faults may come while the cluster stands.
    func open() {
        isOpen = true
        book.expectMore()
    }

    /// Strikes so far.
    var strikes: Int { book.outcomes.count }

    func isPast(_ moment: FaultMoment) -> Bool { book.isPast(moment) }

    /// Takes up strikes of steps that have not begun.
    func add(_ events: [FaultEvent], plan: ClusterPlan) {
        book.add(events, plan: plan)
    }

    /// The fault whose only strike has this number; `nil` where it has several.
    func onlySpec(of id: Int) -> Int? {
        let spec = book.outcomes[id].event.spec
        return book.outcomes.count { $0.event.spec == spec } == 1 ? spec : nil
    }

    /// Ends the strike `id` with a step that has not begun.
    func heal(_ id: Int, with step: Int) throws(StandingRefusal) {
        guard book.outcomes.indices.contains(id) else {
            throw StandingRefusal("there is no fault \(id), expected one that status shows")
        }
        let outcome = book.outcomes[id]
        let name = outcome.event.kind.name
        guard outcome.event.kind.traits.lasts, !outcome.event.kind.lastsInHostTime else {
            throw StandingRefusal("\(name) has no end to wait for, expected a fault that lasts")
        }
        guard outcome.applied != nil, outcome.healed == nil else {
            let state = outcome.applied == nil ? "has not begun" : "is over"
            throw StandingRefusal("fault \(id) (\(name)) \(state), expected one that holds")
        }
        book.end(id, with: step)
    }
}
