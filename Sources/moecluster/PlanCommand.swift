import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Evaluation
import Exchange
import Links
import Report

/// `moecluster plan`: a dry run.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows the resolved plan, and what a run of it would take on this host."
    )

    @OptionGroup var plan: PlanOptions
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false

    func run() throws {
        let console = Console(level: .info, isQuiet: quiet)
        let configuration = try plan.configuration(console)
        let plan = configuration.plan
        do {
            let tokens = try RunTokens(plan)
            try Preflight.checkWorker()
            let host = try HostProbe.measure(workerPath: Program.workerPath)
            try console.result(PlanFile.render(configuration))
            let learning = try LearningMemory(plan)
            let forecast = try PlanForecast(plan, tokens, host, learning)
            try console.result(forecast.text)
            for sentence in forecast.warnings { console.warning(sentence) }
            do throws(PreflightProblem) {
                try Preflight(plan: plan, learning: learning).check(host)
            } catch {
                console.error("\(error): this host cannot run the plan")
                throw Exit.failed
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            console.error("\(error)")
            throw Exit.failed
        }
    }
}

/// What a run of a plan would take.
struct PlanForecast {
    let text: String
    /// Why its run would not be believed.
    let warnings: [String]

    init(
        _ plan: ClusterPlan,
        _ tokens: RunTokens,
        _ host: HostCapacity,
        _ learning: LearningMemory?
    ) throws {
        let ports = PortMap(layout: RankLayout(plan), links: plan.links)
        let previews = try plan.routing.routers.indices.map(tokens.preview)
        let steps = previews.joined().map(\.programs)
        let dilation = try Dilation(plan, host, steps: steps)
        let preflight = Preflight(plan: plan, learning: learning)
        let together = learning == nil ? "together" : "together with this process"
        var lines = [
            "# what a run of this plan would take here",
            "#   workers         \(plan.world), about \(preflight.memoryNeeded >> 20) MiB \(together)"
                + " (\(host.memoryAvailable.bytes >> 20) MiB available)",
            "#   descriptors     \(preflight.descriptorsNeeded) a process"
                + " (\(host.descriptors) allowed)",
            "#   peak rate       \(Int(ports.peakBytesPerSecond / 1e9)) GB/s emulated, all links",
            "#   dilation        \(Int(dilation.value)) (\(dilation.reason))",
            "#   step time, simulated from step 0"
                + (plan.training.corpus == nil ? ":" : ", before anything is learned:"),
        ]
        var emulatedMicroseconds = 0.0
        for (index, router) in plan.routing.routers.enumerated() {
            let record = try StepEvaluation(previews[index], plan: plan, router: router.rawValue)
                .record
            emulatedMicroseconds += record.stepTimeUs
            let name = router.rawValue.padded(to: 14)
            lines.append(
                "#     \(name)\(Int(record.stepTimeUs.rounded())) µs, of which "
                    + "\(Int(record.alltoallUs.rounded())) µs all-to-all"
            )
        }
        let count = Double(plan.workload.steps + plan.workload.warmup)
        let wall = emulatedMicroseconds * count * dilation.value / 1e6
        lines.append(
            "#   wall time       at most \(Int(wall.rounded(.up))) s, less what fast-forward saves"
        )
        if case .learned(_, let reference, _) = tokens {
            lines += try LearningForecast(plan, reference, cores: host.cores).lines
        }
        text = lines.joined(separator: "\n")
        warnings = try Self.warnings(plan, host, steps: steps)
    }

    private static func warnings(
        _ plan: ClusterPlan,
        _ host: HostCapacity,
        steps: [[RankProgram]]
    ) throws -> [String] {
        var open = plan
        open.dilation = .auto
        var fixed: Double?
        if case .fixed(let value) = plan.dilation { fixed = value }
        let largest = LargestCluster(host)
        return TrustWarning.sentences(
            fixed: fixed,
            auto: try Dilation(open, host, steps: steps).value,
            workers: plan.world,
            largest: (largest.workers, largest.limit)
        )
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
