// One run from plan to report: check, probe, launch, step by step, evaluate, write, print.

import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Evaluation
import Exchange
import Faults
import Glibc
import Membership
import MoELayer
import Report
import ResultFiles
import Simulation
import TokenData

/// A run of several routers (or one) on identical tokens.
final class RunSession {
    let verb: String
    var configuration: RunConfiguration
    var plan: ClusterPlan { configuration.plan }
    private let output: OutputOptions
    let console: Console
    let isSimulated: Bool
    private let usesFastForward: Bool
    private var export: TrafficExport
    /// The run that this one goes on with.
    let broken: BrokenRun?
    let started = Program.timestamp

    private(set) var host = Host(cores: 0, memory: 0, kernel: "", loopbackBytesPerSecond: 0)
    /// 0 until it is chosen.
    private(set) var dilation = 0.0
    private(set) var dilationReason = "not chosen yet"
    private(set) var launchNanoseconds: Int64 = 0
    private(set) var history: StepHistory
    /// What routers learn, `nil` where nothing is learned.
    private(set) var quality: RunQuality?
    private(set) var remains = ClusterRemains()
    private(set) var hurt = SurvivalEvaluation(incidents: [], paces: [], launchedAt: 0)
    /// While steps are measured.
    private weak var coordinator: Coordinator?
    /// Failures of which the folder tells.
    private var incidentsWritten = 0
    let player: FaultPlayer
    /// What makes it a cluster that stays; `nil` for a run with an end.
    let standing: StandingRun?
    private(set) var outcome = "running"
    /// What the run ended with beside a run without faults; `nil` until it is over, and of a run
    /// that nothing happened to.
    private(set) var state: StateComparison?
    /// It was said that the folder refuses.
    private var hasWarned = false
    /// When results were last written, in seconds of the wall clock.
    private var lastWritten = time(nil)

    init(
        verb: String,
        configuration: RunConfiguration,
        output: OutputOptions,
        console: Console,
        isSimulated: Bool,
        usesFastForward: Bool,
        export: TrafficExport,
        broken: BrokenRun? = nil,
        standing: StandingRun? = nil
    ) {
        self.verb = verb
        self.configuration = configuration
        self.output = output
        self.console = console
        self.isSimulated = isSimulated
        self.usesFastForward = usesFastForward
        self.export = export
        self.broken = broken
        player = FaultPlayer(configuration, earlier: broken?.faults ?? EarlierFaults())
        self.standing = standing
        history = StepHistory(
            configuration.plan,
            steps: broken?.steps ?? [],
            stepsMax: standing == nil ? .max : StandingRun.samplesMax
        )
        if standing != nil { player.open() }
        guard isSimulated else { return }
        host = Host(HostProbe.facts, learns: plan.training.corpus != nil)
        (dilation, dilationReason) = (1, "virtual time: nothing is measured, nothing is stretched")
    }

    /// Runs to the end and throws the exit code if it is not 0.
    func run() throws {
        Interruption.isNoted()
        let capacity = isSimulated ? nil : try beforeStart { try examineHost() }
        let tokens = try beforeStart { try RunTokens(plan) }
        quality = tokens.quality
        var folder = try beforeStart { try makeFolder() }
        if standing != nil { folder.stepsMax = StandingRun.samplesMax }
        let failure = capture {
            try Interruption.check()
            try learnBefore(tokens, folder)
            if let capacity { try choose(dilation: capacity, tokens) }
            try folder.write(results: results(name: folder.path), links: [])
            try measure(tokens, &folder)
            try tokens.quality?.conclude()
        }
        outcome = failure.map { "\($0)" } ?? "finished"
        try conclude(&folder, failure ?? compare(tokens))
    }

    /// Compares what it ended with, unless somebody asks for the end meanwhile.
    private func compare(_ tokens: RunTokens) -> (any Error)? {
        let failure = capture { state = try compareState(tokens) }
        if let failure { outcome = "\(failure)" }
        return failure
    }

    // MARK: Before the start

    /// What fails here fails before any worker was started.
    private func beforeStart<R>(_ body: () throws -> R) throws -> R {
        do {
            try Interruption.check()
            return try body()
        } catch {
            if let problem = configuration.problem(error) { throw console.refuse(problem) }
            console.error("\(error); nothing was started")
            throw Self.isInterrupted(error) ? Exit.interrupted : Exit.failed
        }
    }

    private static func isInterrupted(_ failure: any Error) -> Bool {
        failure as? RunFailure == .interrupted
    }

    /// What needs no minute of learning to be known.
    private func examineHost() throws -> HostCapacity {
        try Preflight.checkWorker()
        let capacity = try HostProbe.measure(workerPath: Program.workerPath)
        try Preflight(plan: plan, learning: LearningMemory(plan)).check(capacity)
        host = Host(capacity, learns: plan.training.corpus != nil)
        return capacity
    }

    /// What routers have learned when the first step begins that is not there yet.
    private func learnBefore(_ tokens: RunTokens, _ folder: RunFolder) throws {
        let checkpoints = tokens.checkpoints(in: folder)
        if broken != nil {
            let kept = plan.routing.routers.indices.map { router in
                history.steps.count { $0.outcome.router == router }
            }
            checkpoints?.restore(kept: kept, console)
        }
        try tokens.warmStart(checkpoints, console)
        try tokens.catchUp(history.steps, console, hurts: player.expertHurts(in:))
    }

    private func choose(dilation capacity: HostCapacity, _ tokens: RunTokens) throws {
        let dilation = try Dilation(plan, capacity, steps: try tokens.programs())
        (self.dilation, dilationReason) = (dilation.value, dilation.reason)
        // Steps of one run are measured at one dilation, or their times are not of one kind.
        guard let clock = broken?.clock, clock.dilation >= 1 else { return }
        (self.dilation, dilationReason) = (clock.dilation, clock.reason)
    }

    private func makeFolder() throws -> RunFolder {
        if let broken {
            try broken.folder.write(results: results(name: broken.folder.path), links: [])
            return broken.folder
        }
        return try RunFolder.create(parent: output.out, name: verb) {
            (folder) throws(FileProblem) in
            try folder.lock()
            try folder.writePlan(PlanFile.render(configuration))
            try folder.write(results: results(name: folder.path), links: [])
        }
    }

    // MARK: Measuring

    private func measure(_ tokens: RunTokens, _ folder: inout RunFolder) throws {
        guard !isSimulated else {
            try play(tokens.virtualCluster(player), tokens, &folder)
            return
        }
        let log = open(folder.logPath + "/workers.log", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(log) }
        var options = CoordinatorOptions(
            workerPath: Program.workerPath,
            dilation: dilation,
            fastForward: usesFastForward,
            logDescriptor: log >= 0 ? log : STDERR_FILENO,
            recovery: configuration.faults.recovery
        )
        options.isHurt = !configuration.faults.isEmpty || standing != nil
        if standing != nil { options.pacesMax = StandingRun.pacesMax }
        options.used = broken?.ladder.used ?? [:]
        options.rejoins = broken?.ladder.rejoins(options.recovery)
        let checkpoints = tokens.checkpoints(in: folder)
        options.checkpoints = try checkpoints?.saveStart() ?? []
        let coordinator = try Coordinator(
            plan: plan,
            options: options,
            compile: player.compile(StepCompiler(plan: plan))
        )
        player.attach(to: coordinator)
        self.coordinator = coordinator
        try standing.map { try openDoor(of: coordinator, $0, folder) }
        defer {
            survey(coordinator)
            remains = coordinator.shutDown()
            player.settle(coordinator)
        }
        console.progress("launching \(plan.world) workers")
        launchNanoseconds = try coordinator.launch()
        try coordinator.leaveOut(broken?.leftOut ?? [])
        console.debug("mesh of \(plan.world) workers after \(launchNanoseconds / 1_000_000) ms")
        let hurts = { [player] step in player.expertHurts(in: step) }
        let source = tokens.source(coordinator, hurts: hurts) {
            [player, path = folder.path] router in
            try player.writing(to: path) { _ = try checkpoints?.saveStart(router: router) }
        }
        guard let standing else {
            try play(source, tokens, &folder)
            return
        }
        player.compare(with: tokens)
        var serial = 0
        try stand(standing, coordinator, &folder) { step, folder in
            try turn(step, router: 0, source, tokens, &serial, &folder)
        }
    }

    /// Takes what has failed by now and what was done about it.
    func survey(_ coordinator: Coordinator) {
        hurt = SurvivalEvaluation(
            incidents: coordinator.incidents,
            paces: coordinator.paces,
            launchedAt: coordinator.launchedAt,
            resends: coordinator.resends
        )
    }

    private func capture(_ body: () throws -> Void) -> (any Error)? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// Steps interleaved: every router on the tokens of one step before the next step.
    private func play(
        _ source: any StepSource,
        _ tokens: RunTokens,
        _ folder: inout RunFolder
    ) throws {
        let routers = plan.routing.routers
        let total = plan.workload.warmup + plan.workload.steps
        player.compare(with: tokens)
        var serial = 0
        for step in 0..<total {
            for index in routers.indices {
                // Turns in rotation, so that no router is always the first of its step.
                let router = (index + step) % routers.count
                if let segments = broken?.segments(of: step, router: router) {
                    serial += segments
                    continue
                }
                let name = routers[router].rawValue
                console.progress("step \(step + 1) of \(total)  \(name)")
                try turn(step, router: router, source, tokens, &serial, &folder)
            }
            try writeNowAndThen(folder)
        }
    }

    /// Plays a step with one router and keeps what came of it.
    private func turn(
        _ step: Int,
        router: Int,
        _ source: any StepSource,
        _ tokens: RunTokens,
        _ serial: inout Int,
        _ folder: inout RunFolder
    ) throws {
        try Interruption.check()
        let name = plan.routing.routers[router].rawValue
        let written = folder
        player.save { [unowned self] in try writeAtDeath(written) }
        player.begin(step: step, router: router)
        let played = try source.step(
            step,
            router: router,
            isWarmup: step < plan.workload.warmup,
            serial: &serial
        )
        player.observe(played.segments)
        var evaluation = try StepEvaluation(
            played.segments,
            plan: plan,
            router: name,
            resends: configuration.faults.recovery.resends
        )
        if let learned = tokens.quality?.last(of: router) {
            evaluation.record.take(learned)
        } else {
            evaluation.record.take(played.records)
        }
        history.append(evaluation)
        try keep(evaluation, in: &folder)
        try tokens.quality?.played(evaluation.record, router: router)
        export.add(played, plan)
        try stopOnMismatch(evaluation.outcome, name)
        save(tokens.checkpoints(in: folder), of: router, in: folder)
    }

    /// Adds a step to the folder, or keeps it until the folder can be written again.
    private func keep(_ step: StepEvaluation, in folder: inout RunFolder) throws {
        do {
            try player.writing(to: folder.path) {
                // Nobody goes on with a cluster that stood: of its steps the records are enough.
                if standing != nil {
                    try folder.append(step.record)
                } else {
                    try folder.append(step.record, measured: step)
                }
            }
        } catch let problem as FileProblem {
            try bear(problem, hasRoom: folder.hasRoomForRefused)
        }
    }

    /// A checkpoint that the folder refuses is none: a resumed run goes on from an earlier one.
    private func save(_ checkpoints: RunCheckpoints?, of router: Int, in folder: RunFolder) {
        guard let checkpoints else { return }
        do {
            try player.writing(to: folder.path) { try checkpoints.saveIfDue(router: router) }
        } catch {
            if !hasWarned { console.warning("\(error); the run goes on without this checkpoint") }
            hasWarned = true
        }
    }

    /// Keeps the results up to date, so that whatever comes later loses none of them; seldom
    /// enough to cost nothing.
    func writeNowAndThen(_ folder: RunFolder, every seconds: Int = 3) throws {
        let now = time(nil)
        // What was used of the ladder has to be known to who goes on after a kill.
        let hasFailed = coordinator.map { $0.incidents.count > incidentsWritten } ?? false
        guard now >= lastWritten + seconds || player.hasNews || hasFailed else { return }
        do {
            try write(folder)
            player.saved()
        } catch let problem as FileProblem {
            try bear(problem, hasRoom: true)
        }
        lastWritten = now
    }

    /// Before the coordinator is killed by the plan: a folder that the plan keeps from being written
    /// takes this all the same, or every resumed run would meet the same faults, and be killed, again.
    private func writeAtDeath(_ folder: RunFolder) throws {
        if let coordinator { takeStock(coordinator) }
        _ = try folder.write(results: results(name: folder.path), links: [])
    }

    /// Takes what is known by now, of failures and of faults.
    func takeStock(_ coordinator: Coordinator) {
        survey(coordinator)
        player.look(at: coordinator)
    }

    private func write(_ folder: RunFolder) throws {
        if let coordinator { takeStock(coordinator) }
        let results = results(name: folder.path)
        try player.writing(to: folder.path) {
            _ = try folder.write(results: results, links: [])
        }
        incidentsWritten = coordinator?.incidents.count ?? incidentsWritten
    }

    /// A folder that refuses does not end the run: what it holds stays whole, and the rest is
    /// written when it can be, at the end at the latest.
    private func bear(_ problem: FileProblem, hasRoom: Bool) throws {
        guard hasRoom else { throw problem }
        if !hasWarned {
            console.warning("\(problem); the run goes on and keeps its steps in memory")
        }
        hasWarned = true
    }

    private func stopOnMismatch(_ outcome: StepOutcome, _ router: String) throws {
        let verification = outcome.verification
        guard verification.mismatches > 0 else { return }
        throw PreflightProblem(
            description: "\(verification.mismatches) mismatches in step \(outcome.step) of "
                + "\(router): \(verification.firstMismatch)"
        )
    }

    // MARK: After the end

    private func conclude(_ folder: inout RunFolder, _ failure: (any Error)?) throws {
        Interruption.isIgnored()
        let results = results(name: folder.path)
        let evaluation = RunEvaluation(plan: plan, history: history)
        let unwritten = capture {
            try folder.flush()
            for note in try folder.write(results: results, links: evaluation.linkRecords) {
                console.warning(note)
            }
        }
        let unexported = capture { try export.write() }
        for note in export.notes { console.warning(note) }
        // Whoever reads results may do so for ever, or go away.
        Interruption.endsProcess()
        let earlier = [failure, unwritten, unexported].compactMap(\.self)
        for failure in earlier { console.error("\(failure)") }
        let unread = capture { try show(results) }
        if let unread { console.error("\(unread)") }
        if unwritten == nil { console.info("report: \(folder.path)/report.html") }
        try exit(earlier.first ?? unread, results)
    }

    private func show(_ results: RunResults) throws {
        if output.json {
            try console.result(JSONText.encode(results))
        } else if !results.routers.isEmpty {
            try console.result(ComparisonTable.text(of: results, colour: Console.isColourful))
        }
    }

    private func exit(_ failure: (any Error)?, _ results: RunResults) throws {
        if let failure { throw Self.isInterrupted(failure) ? Exit.interrupted : Exit.failed }
        let reasons = results.survival.reasons.joined(separator: "; ")
        switch SurvivalLevel(rawValue: results.survival.verdict) {
        case .failed: throw Exit.failed
        case .inconclusive:
            // Nothing was shown: that is no good end, and under --strict no figure to be trusted.
            console.error("inconclusive: \(reasons)")
            throw output.strict ? Exit.untrusted : Exit.failed
        case .unknown where output.strict:
            console.error("unknown: \(reasons)")
            throw Exit.untrusted
        default: break
        }
        guard output.strict, results.fidelity.verdict == "suspect" else { return }
        console.error("suspect: \(results.fidelity.advice)")
        throw Exit.untrusted
    }
}
