// A cluster of workers for exchanges alone: preflight, dilation, launch, exchange, end.

import ClusterModel
import ClusterRuntime
import Exchange
import Glibc
import Links
import Simulation

/// Workers that exchange matrices.
final class BenchCluster {
    let plan: ClusterPlan
    let dilation: Double
    private let coordinator: Coordinator
    /// Milliseconds until the mesh stood.
    let launchMilliseconds: Int64
    private var serial = 0

    /// Launches workers: `typical` steps decide the dilation where the plan leaves it open,
    /// `largest` decides what memory is needed.
    init(
        plan: ClusterPlan,
        largest: TrafficMatrix,
        typical steps: [[RankProgram]],
        isUnshaped: Bool = false,
        dilationMin: Double = 1
    ) throws {
        try Interruption.check()
        try Preflight.checkWorker()
        let host = try HostProbe.measure(workerPath: Program.workerPath)
        try Preflight(plan: plan, matrix: largest).check(host)
        self.plan = plan
        let found = isUnshaped ? 1 : try Dilation(plan, host, steps: steps).value
        dilation = plan.dilation == .auto ? max(dilationMin, found) : found
        coordinator = try Coordinator(
            plan: plan,
            options: CoordinatorOptions(
                workerPath: Program.workerPath,
                dilation: dilation,
                unshaped: isUnshaped,
                fastForward: false,
                logDescriptor: STDERR_FILENO
            ),
            compile: StepCompiler(
                plan: plan,
                ports: isUnshaped ? .unshaped(layout: RankLayout(plan)) : nil
            ).compile
        )
        do {
            launchMilliseconds = try coordinator.launch() / 1_000_000
        } catch {
            _ = coordinator.shutDown()
            throw error
        }
    }

    func exchange(
        _ matrix: TrafficMatrix,
        _ algorithm: ExchangeAlgorithm,
        isWarmup: Bool = false
    ) throws -> StepOutcome {
        defer { serial += 1 }
        return try coordinator.runExchange(
            matrix,
            algorithm: algorithm,
            isWarmup: isWarmup,
            serial: serial
        )
    }

    func shutDown() { _ = coordinator.shutDown() }
}
