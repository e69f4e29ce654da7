// Steps as the coordinator plays them: prepared, compiled, appointed, checked, and redone where that
// is allowed.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Statistics
import Wire

extension Coordinator {
    /// Runs one step with the plan's router of this index.
    public func runStep(_ step: Int, router: Int, isWarmup: Bool, serial: Int) throws
        -> StepOutcome
    {
        let prepare = Prepare(
            serial: serial,
            step: step,
            router: router,
            experts: onRouting?() ?? []
        )
        return try run(
            StepUnderWay(serial: serial, step: step, router: router, isWarmup: isWarmup),
            prepares: workers.map { _ in prepare }
        )
    }

    /// Runs one exchange of a matrix.
    public func runExchange(
        _ matrix: TrafficMatrix,
        algorithm: ExchangeAlgorithm? = nil,
        isWarmup: Bool,
        serial: Int
    ) throws -> StepOutcome {
        try run(
            StepUnderWay(
                serial: serial,
                step: serial,
                router: 0,
                isWarmup: isWarmup,
                shape: .exchange,
                segment: .exchange,
                algorithm: algorithm
            ),
            prepares: workers.map {
                Prepare(
                    serial: serial,
                    step: serial,
                    router: 0,
                    segment: .exchange,
                    send: matrix.row($0.rank),
                    receive: matrix.column($0.rank)
                )
            }
        )
    }

    /// Plays a step until it has ended well or the ladder has no rung left.
    private func run(_ first: StepUnderWay, prepares: [Prepare]) throws -> StepOutcome {
        var step = first
        try rejoinIfDue(before: step.step)
        let firstAt = Loop.hostNanoseconds
        while true {
            do {
                let lastAt = Loop.hostNanoseconds
                let outcome = try attempt(step, prepares)
                stepEnded(step.stamp, router: step.router, firstAt: firstAt, lastAt: lastAt)
                rejoins.ended(step: step.step)
                onSegmentEnded?(outcome)
                return outcome
            } catch let failure as RunFailure {
                try recover(from: failure, in: (step.stamp, step.router))
                step = step.again()
            }
        }
    }

    /// Plays a step, or a segment of one, once.
    func attempt(_ step: StepUnderWay, _ prepares: [Prepare]) throws -> StepOutcome {
        self.step = step
        defer { self.step = nil }
        lastSerial += 1
        step.serial = lastSerial
        playedSerial = lastSerial
        step.reserve(world: plan.world, experts: plan.model.experts, excluded: excluded)
        let start = Loop.hostNanoseconds
        machine.prepare(serial: step.serial, work: work(of: prepares), at: start)
        for (worker, prepare) in zip(workers, prepares) {
            var prepare = prepare
            prepare.serial = step.serial
            worker.send(.prepare(prepare))
        }
        try wait()
        return try step.outcome(
            wallNanoseconds: Loop.hostNanoseconds - start,
            dilation: options.dilation
        )
    }

    /// How long workers may be busy with packing or checking: they share the host, so it goes by
    /// all bytes together, at 100 MB/s.
    private func work(of prepares: [Prepare]) -> Int64 {
        let bare = prepares.reduce(0) { $0 + $1.send.reduce(0, +) }
        let pairs = plan.world * plan.workload.tokensPerNPU * plan.routing.topK
        let isBare = prepares.contains { !$0.send.isEmpty }
        let packing = 10 * Int64(isBare ? bare : pairs * plan.model.tokenBytes.value)
        return packing + (prepares.first.map(computing) ?? 0)
    }

    /// How long workers may compute before and after a segment of training, all at once; with a
    /// router's first segment they open text and states, and again when they were started anew.
    private func computing(_ prepare: Prepare) -> Int64 {
        let world = Int64(plan.world)
        switch prepare.segment {
        case .resonance(0), .admission(0), .forward(0):
            return world * (prepare.step == 0 || !incidents.isEmpty ? 2_000_000_000 : 500_000_000)
        case .resonance, .admission, .forward, .backward, .sumDense, .sumExperts:
            return world * 500_000_000
        case .routed, .exchange:
            return 0
        }
    }

    /// Makes the programs of the step and sends each rank its own.
    func sendPrograms(serial: Int) {
        guard let step else { return }
        do {
            // The other algorithms relay through ranks that may be gone.
            let choice = choice(for: step)
            var compiled = try compile(
                step.inputs.compactMap(\.self),
                step.shape,
                choice?.algorithm ?? step.algorithm
            )
            if let choice { compiled.choice = choice }
            step.compiled = compiled
            step.noteBuffers(
                TokenCopies(
                    step.inputs.map { $0?.groups ?? [] },
                    layout: ports.layout,
                    tokenBytes: plan.model.tokenBytes.value
                )
            )
            machine.loading(serial: serial, at: Loop.hostNanoseconds)
            for (worker, program) in zip(workers, compiled.programs) {
                worker.send(.program(serial: serial, program))
            }
        } catch {
            fail(.uncompiled("\(error)"))
        }
    }

    /// What stands in place of the plan's algorithm, nil where that holds.
    private func choice(for step: StepUnderWay) -> AlgorithmChoice? {
        guard excluded.isEmpty else {
            return AlgorithmChoice(
                .direct,
                reason: "the others relay through ranks that may be gone"
            )
        }
        guard step.shape.visitsExperts, plan.routing.routers.indices.contains(step.router) else {
            return nil
        }
        return AlgorithmChoice(ownOf: plan.routing.routers[step.router])
    }

    func appoint(serial: Int) {
        guard let step else { return }
        // Nobody plays: the last step's chunks are gone.
        sharedPorts?.withSpace { $0.reset() }
        let now = Loop.hostNanoseconds
        let at = now + pacing.lead
        let bound = stepBound(step)
        step.clock = EmulatedClock(origin: at, dilation: options.dilation)
        step.fastForward =
            options.fastForward
            ? FastForward(
                world: plan.world,
                excluded: excluded,
                worthwhile: step.emulated(2 * pacing.margin),
                patience: step.emulated(Self.idleNanoseconds)
            ) : nil
        step.cpu = CPUTimes.now
        step.workerCPU = -ProcessorTime.nanoseconds(of: workers)
        machine.appointed(serial: serial, bound: bound, at: now)
        let start = Start(
            serial: serial,
            at: at,
            polls: !options.unshaped && step.ranksTakingPart <= pacing.cores
        )
        for worker in workers { worker.send(.start(start)) }
        onAppointed?()
    }

    /// What is under way between two processes of a host for longer than this, while all wait, is
    /// lost.
    private static let idleNanoseconds: Int64 = 1_500_000_000

    /// Four times what the step needs at the least, for each hop of its way, and 10 s.
    private func stepBound(_ step: StepUnderWay) -> Int64 {
        let inputs = step.inputs.compactMap(\.self)
        let matrix = TrafficMatrix(rows: inputs.map(\.send))
        let stages = step.compiled?.programs.first?.stages ?? []
        let exchange = LowerBound(of: matrix, over: ports).direct.seconds * 2
        let waits =
            step.compiled?.programs.map { program in
                program.stages.reduce(0) { sum, stage in
                    if case .wait(let time) = stage.work { sum + time.seconds } else { sum }
                }
            }
            .max() ?? 0
        let latency = (ports.links.roce.latency + ports.links.hccs.latency).seconds
        let overheads = ports.links.roce.messageOverhead + ports.links.hccs.messageOverhead
        let rounds = Double(max(1, stages.count))
        let starts = latency * rounds + overheads.seconds * Double(2 * plan.world)
        let emulated = 4 * (3 * exchange + waits + starts)
        return Int64(emulated * options.dilation * 1e9) + 10_000_000_000
    }
}
