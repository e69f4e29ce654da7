import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Evaluation
import Exchange
import Links
import Report
import ResultFiles

/// `moecluster plan`: a dry run.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows the resolved plan, and what a run of it would take on this host."
    )

    @OptionGroup var plan: PlanOptions
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @Flag(help: "Exit with 2 if a run of the plan would not be trustworthy here.")
    var strict = false
    @OptionGroup var speech: SpeechOptions

    func run() throws {
        let console = speech.console
        let configuration = try plan.configuration(console)
        self.plan.warnOfUnread(configuration, console)
        let plan = configuration.plan
        do {
            let tokens = try RunTokens(plan)
            try Preflight.checkWorker()
            let host = try HostProbe.measure(workerPath: Program.workerPath)
            if !json { try console.result(PlanFile.render(configuration)) }
            let learning = try LearningMemory(plan)
            let forecast = try PlanForecast(plan, tokens, host, learning)
            try console.result(json ? JSONText.encode(forecast) : forecast.text)
            for sentence in forecast.warnings { console.warning(sentence) }
            do throws(PreflightProblem) {
                try Preflight(plan: plan, learning: learning).check(host)
            } catch {
                console.error("\(error): this host cannot run the plan")
                throw Exit.failed
            }
            if strict, !forecast.warnings.isEmpty { throw Exit.untrusted }
        } catch let code as ExitCode {
            throw code
        } catch {
            if let problem = configuration.problem(error) { throw console.refuse(problem) }
            console.error("\(error)")
            throw Exit.failed
        }
    }
}

/// What a run of a plan would take.
struct PlanForecast: Encodable {
    /// A router's first step, simulated before anything is learned, µs.
    struct Step: Encodable {
        var router: String
        var stepTimeUs: Double
        var alltoallUs: Double
    }

    struct Learning: Encodable {
        /// Seconds of this host before the first step, beside the steps and after the last.
        var beforeS: Double
        var besideS: Double
        var afterS: Double
    }

    @PlanObject private var plan: [PlanEntry]
    private let workers: Int
    /// What all workers need, and this process where it learns beside them.
    private let memoryBytes: Int
    private let memoryAvailableBytes: Int
    /// Of one process.
    private let descriptors: Int
    private let descriptorsAllowed: Int
    private let peakBytesPerSecond: Double
    private let dilation: Double
    private let dilationReason: String
    private var steps: [Step] = []
    /// At most, less what fast-forward saves.
    private var wallSMax = 0.0
    private var learning: Learning?
    /// Why its run would not be believed.
    let warnings: [String]
    /// For people.
    private var learningLines: [String] = []

    private enum CodingKeys: CodingKey {
        case plan, workers, memoryBytes, memoryAvailableBytes, descriptors, descriptorsAllowed
        case peakBytesPerSecond, dilation, dilationReason, steps, wallSMax, learning, warnings
    }

    init(
        _ plan: ClusterPlan,
        _ tokens: RunTokens,
        _ host: HostCapacity,
        _ learning: LearningMemory?
    ) throws {
        let previews = try plan.routing.routers.indices.map(tokens.preview)
        let programs = previews.joined().map(\.programs)
        let found = try Dilation(plan, host, steps: programs)
        let preflight = Preflight(plan: plan, learning: learning)
        self.plan = plan.entries
        workers = plan.world
        memoryBytes = preflight.memoryNeeded
        memoryAvailableBytes = host.memoryAvailable.bytes
        descriptors = preflight.descriptorsNeeded
        descriptorsAllowed = host.descriptors
        peakBytesPerSecond =
            PortMap(layout: RankLayout(plan), links: plan.links).peakBytesPerSecond
        (dilation, dilationReason) = (found.value, found.reason)
        warnings = try Self.warnings(plan, host, steps: programs)
        steps = try zip(plan.routing.routers, previews).map { router, preview in
            let record = try StepEvaluation(preview, plan: plan, router: router.rawValue).record
            return Step(
                router: router.rawValue,
                stepTimeUs: record.stepTimeUs,
                alltoallUs: record.alltoallUs
            )
        }
        let count = Double(plan.workload.steps + plan.workload.warmup)
        wallSMax = steps.reduce(0) { $0 + $1.stepTimeUs } * count * dilation / 1e6
        guard case .learned(_, let reference, _) = tokens else { return }
        let forecast = try LearningForecast(plan, reference, cores: host.cores)
        learningLines = forecast.lines
        self.learning = Learning(
            beforeS: forecast.before,
            besideS: forecast.beside,
            afterS: forecast.after
        )
    }

    var text: String {
        let together = learning == nil ? "together" : "together with this process"
        let lines = [
            "# what a run of this plan would take here",
            "#   workers         \(workers), about \(memoryBytes >> 20) MiB \(together)"
                + " (\(memoryAvailableBytes >> 20) MiB available)",
            "#   descriptors     \(descriptors) a process (\(descriptorsAllowed) allowed)",
            "#   peak rate       \(Int(peakBytesPerSecond / 1e9)) GB/s emulated, all links",
            "#   dilation        \(Int(dilation)) (\(dilationReason))",
            "#   step time, simulated from step 0"
                + (learning == nil ? ":" : ", before anything is learned:"),
        ]
        let stepLines = steps.map { step in
            "#     \(step.router.padded(to: 14))\(Int(step.stepTimeUs.rounded())) µs, of which "
                + "\(Int(step.alltoallUs.rounded())) µs all-to-all"
        }
        let wall =
            "#   wall time       at most \(Int(wallSMax.rounded(.up))) s, less what fast-forward "
            + "saves"
        return (lines + stepLines + [wall] + learningLines).joined(separator: "\n")
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
