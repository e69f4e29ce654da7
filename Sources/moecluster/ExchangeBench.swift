// One matrix exchanged again and again, and the figures of it in the manner of nccl-tests.

import ClusterModel
import ClusterRuntime
import Evaluation
import Exchange
import Glibc
import Links
import Report
import Simulation
import Statistics

/// A bench of one matrix.
struct ExchangeBench {
    let plan: ClusterPlan
    let matrix: TrafficMatrix
    let iterations: Int
    let warmup: Int

    private var ports: PortMap { PortMap(layout: RankLayout(plan), links: plan.links) }

    /// On workers.
    func measure(isUnshaped: Bool, _ console: Console) throws -> (BenchRow, Fidelity?) {
        try Preflight.checkWorker()
        let host = try HostProbe.measure(workerPath: Program.workerPath)
        try Preflight(plan: plan, matrix: matrix).check(host)
        let dilation = isUnshaped ? 1 : try Dilation(plan, host, steps: [programs]).value
        let options = CoordinatorOptions(
            workerPath: Program.workerPath,
            dilation: dilation,
            unshaped: isUnshaped,
            fastForward: false,
            logDescriptor: STDERR_FILENO
        )
        let coordinator = try Coordinator(
            plan: plan,
            options: options,
            compile: StepCompiler(plan: plan).compile
        )
        defer { _ = coordinator.shutDown() }
        let launch = try coordinator.launch() / 1_000_000
        console.info("\(plan.world) workers, mesh ready after \(launch) ms")
        var outcomes: [StepOutcome] = []
        for serial in 0..<warmup + iterations {
            console.progress("exchange \(serial + 1) of \(warmup + iterations)")
            let isWarmup = serial < warmup
            let outcome = try coordinator.runExchange(matrix, isWarmup: isWarmup, serial: serial)
            if !isWarmup { outcomes.append(outcome) }
        }
        let simulated = isUnshaped ? 0 : try simulatedTime().microseconds
        let row = row(outcomes, simulated: simulated, isShaped: !isUnshaped)
        guard !isUnshaped else { return (row, nil) }
        return (row, verdict(row, outcomes).report(dilation: dilation))
    }

    /// In virtual time.
    func simulate() throws -> (BenchRow, Fidelity?) {
        let time = try simulatedTime().microseconds
        var row = row([], simulated: time, isShaped: true)
        row.timeUs = BenchTimes(p50: time, p99: time, min: time, max: time)
        return (rated(row), nil)
    }

    private var programs: [RankProgram] {
        LayerProgram.bare(matrix, plan.exchange.algorithm, over: ports)
    }

    private func simulatedTime() throws -> Interval {
        var simulation = StepSimulation(
            programs: programs,
            ports: ports,
            chunk: plan.exchange.chunk
        )
        return try simulation.run().stageEnds.finish
    }

    private func row(_ outcomes: [StepOutcome], simulated: Double, isShaped: Bool) -> BenchRow {
        let times = outcomes.map(\.stageEnds.finish.microseconds)
        var lateness = LatenessHistogram()
        for outcome in outcomes { lateness.merge(outcome.lateness) }
        let bound = LowerBound(of: matrix, over: ports).direct.microseconds
        var row = BenchRow(
            algorithm: "direct",
            ranks: plan.world,
            nodes: plan.nodes,
            bytesTotal: matrix.total,
            timeUs: BenchTimes(
                p50: Quantile.linear(0.5, of: times) ?? 0,
                p99: Quantile.linear(0.99, of: times) ?? 0,
                min: times.min() ?? 0,
                max: times.max() ?? 0
            ),
            simulatedUs: simulated,
            boundUs: isShaped ? bound : 0,
            efficiency: 0,
            algbwGbps: 0,
            busbwGbps: 0,
            wrong: outcomes.reduce(0) { $0 + $1.verification.mismatches },
            latenessUs: LatenessUs(
                p50: Double(lateness.quantile(0.5)) / 1e6,
                p99: Double(lateness.quantile(0.99)) / 1e6,
                max: Double(lateness.maxPicoseconds) / 1e6
            ),
            cpuBusy: mean(of: outcomes.map(\.cpuBusy)) ?? 0,
            wallMs: outcomes.reduce(0) { $0 + Double($1.wallNanoseconds) / 1e6 }
        )
        let used = outcomes.reduce(0) { $0 + Double($1.workerNanoseconds) / 1e9 }
        if moved > 0 { row.cpuSecondsPerGb = used / (Double(moved * outcomes.count) / 1e9) }
        return rated(row)
    }

    /// Bytes that do not stay where they are.
    private var moved: Int {
        ports.layout.ranks.reduce(matrix.total) { $0 - matrix[$1, $1] }
    }

    /// Fills in what follows from the median time: the busiest rank's bytes over it.
    private func rated(_ row: BenchRow) -> BenchRow {
        var row = row
        guard row.timeUs.p50 > 0 else { return row }
        let busiest = ports.layout.ranks.map {
            max(matrix.row($0).reduce(0, +), matrix.column($0).reduce(0, +))
        }
        let ranks = Double(max(1, plan.world))
        row.algbwGbps = Double(busiest.max() ?? 0) / row.timeUs.p50 / 1e3
        row.busbwGbps = row.algbwGbps * (ranks - 1) / ranks
        row.efficiency = row.boundUs / row.timeUs.p50
        return row
    }

    private func verdict(_ row: BenchRow, _ outcomes: [StepOutcome]) -> FidelityVerdict {
        var lateness = LatenessHistogram()
        for outcome in outcomes { lateness.merge(outcome.lateness) }
        let time = max(row.timeUs.p50, 1e-9)
        return FidelityVerdict(
            lateness: lateness,
            share: row.latenessUs.p99 / time,
            error: abs(row.timeUs.p50 - row.simulatedUs) / max(row.simulatedUs, 1e-9),
            cpuBusy: row.cpuBusy
        )
    }
}

extension [[Instant]] {
    /// The last rank's finish.
    fileprivate var finish: Interval { (compactMap(\.last).max() ?? .zero) - Instant.zero }
}
