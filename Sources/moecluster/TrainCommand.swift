import ArgumentParser
import ClusterModel
import Configuration
import MoELayer
import Report
import ResultFiles
import Routing
import TokenData

extension Sharding: ExpressibleByArgument {}
extension CapacityScope: ExpressibleByArgument {}
extension ElementType: ExpressibleByArgument {}
extension OptimizerKind: ExpressibleByArgument {}
extension CapacityRuleName: ExpressibleByArgument {}

/// `moecluster train`: routers that learn, all ranks in this process, no links and no clock.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a small language model with each router and compares what they learn.",
        discussion: """
            Ranks, experts and capacities are those of the plan; all ranks are played in this \
            process, off the clock, and compute what a cluster of workers would. Beside routers, \
            'dense' (one feed-forward network for every token) and 'none' can be trained.
            """
    )

    @OptionGroup var plan: PlanOptions
    @Option(help: "Routers and controls, with commas: switch,hash,locmoe,locmoe+,dense,none.")
    var router = "switch,hash,locmoe+,dense"
    @Option(
        help: """
            Capacity factors to train each router with, as in 0.5,0.75,1,1.25: the drop curve. The \
            plan's if left out; curves over steps are of the first. expert-choice takes c = top_k \
            times the factor, which is as many slots.
            """
    )
    var capacityFactors: NumberList<Double>?
    @Option(help: "Seeds, with commas; the plan's if left out.") var seeds: String?
    @Option(help: "Which tokens a rank reads: iid or domain; the plan's if left out.")
    var sharding: Sharding?
    @Option(help: "Which tokens share an expert's slots: source or global; the plan's if left out.")
    var scope: CapacityScope?
    @Option(help: "μ of the locality loss of locmoe and locmoe+; the plan's if left out.")
    var mu: Double?
    @Option(help: "ε, the share of the local distribution spread evenly; the plan's if left out.")
    var smoothing: Double?
    @Option(help: "α of the auxiliary loss of switch and locmoe; the plan's if left out.")
    var alpha: Double?
    @Option(help: "τ of locmoe+; the plan's if left out.") var threshold: Double?
    @Flag(help: "locmoe+ goes from token to expert choice, and back, by the corollary's rule.")
    var adaptive = false
    @Option(help: "locmoe+ goes from token to expert choice at this step, by plan.")
    var expertChoiceFrom: Int?
    @Option(help: "What sets C of locmoe+ in both modes; by mode if left out.")
    var capacityRule: CapacityRuleName?
    @Flag(help: "Tokens relevant to an expert are those of a domain, not those that choose alike.")
    var byDomain = false
    @Option(help: "The factor in front of locmoe+'s softmax; the plan's if left out.")
    var softmaxScale: Double?
    @Option(help: "MoE layers; the plan's if left out.") var layers: Int?
    @Option(help: "adam, or momentum: gradient descent with 0.9 of it; the plan's if left out.")
    var optimizer: OptimizerKind?
    @Option(help: "The learning rate's peak; the plan's if left out.") var learningRate: Double?
    @Option(help: "What activations are rounded to in exchanges; the plan's if left out.")
    var wire: ElementType?
    @Option(
        help: """
            A folder with the text: ids.npy, uint16, [domains, tokens]; the plan's if left out, or \
            tools/data/corpus where it has none.
            """
    )
    var corpus: String?
    @Option(
        help: "A folder for training.json, report.html and checkpoints; nothing is kept without."
    )
    var out: String?
    @Option(help: "Steps between two checkpoints; the plan's if left out.")
    var checkpointEvery: Int?
    @Option(
        help: "Steps between looks at the held-out text, 0: at the end; the plan's if left out."
    )
    var heldOutEvery: Int?
    @Option(
        help: "Which loss to tell the time to; the plan's, or the worst last one, if left out."
    )
    var targetLoss: Double?
    @Option(help: "End after so many steps of the schedule, as if interrupted.")
    var stopAfter: Int?
    @Flag(help: "Go on from the checkpoints in the folder of --out.") var resume = false
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    /// Steps unless --steps says otherwise; a plan's steps are those of a measurement.
    private static let defaultSteps = 500

    func validate() throws {
        try Self.refuseDoubles("--router", try candidates.map(\.name))
        try Self.refuseDoubles("--seeds", try seedNumbers ?? [])
        try Self.refuseDoubles("--capacity-factors", capacityFactors?.values ?? [])
        guard !resume || out != nil else {
            throw ValidationError("--resume needs --out DIR, where to go on from")
        }
        if let wrong = capacityFactors?.values.first(where: { !(0.01...1000).contains($0) }) {
            throw ValidationError("--capacity-factors \(wrong): expected 0.01 to 1000")
        }
        guard heldOutEvery ?? 0 >= 0 else {
            throw ValidationError("--held-out-every \(heldOutEvery ?? 0): expected 0 or more")
        }
        guard (1...64).contains(layers ?? 1), checkpointEvery ?? 1 > 0, stopAfter ?? 1 > 0 else {
            throw ValidationError(
                "expected --layers from 1 to 64, --checkpoint-every and --stop-after above 0"
            )
        }
        if let targetLoss, !(0.001...1000).contains(targetLoss) {
            throw ValidationError("--target-loss \(targetLoss): expected 0.001 to 1000")
        }
        try checkNumbers()
        guard !(adaptive && expertChoiceFrom != nil), expertChoiceFrom ?? 0 >= 0 else {
            throw ValidationError(
                "expected --adaptive or --expert-choice-from STEP, 0 or more, and not both"
            )
        }
        if let smoothing, !(smoothing > 0 && smoothing <= 1) {
            throw ValidationError(
                "--smoothing \(smoothing): expected above 0 and at most 1; at 0 the loss is infinite"
            )
        }
    }

    /// As the plan's keys have it.
    private func checkNumbers() throws {
        for (name, value, range) in [
            ("--mu", mu, 0...1000), ("--alpha", alpha, 0...1000),
            ("--softmax-scale", softmaxScale, ResonanceOptions.softmaxScales),
        ] {
            guard let value, !range.contains(value) else { continue }
            throw ValidationError(
                "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
        if let learningRate, !(learningRate >= 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate \(learningRate): expected a number, 0 or more")
        }
        if let threshold, !(threshold > 0 && threshold <= 1) {
            throw ValidationError("--threshold \(threshold): expected above 0 and at most 1")
        }
    }

    /// Two runs that differ in nothing are one run too many.
    private static func refuseDoubles<T: Hashable>(_ option: String, _ values: [T]) throws {
        var seen: Set<T> = []
        for value in values where !seen.insert(value).inserted {
            throw ValidationError("\(option): \(value) stands there twice; expected each once")
        }
    }

    func run() throws {
        let console = speech.console
        let configuration = try plan.unhurt(console)
        let plan = learned(configuration.plan)
        try check(plan, console)
        PlanOptions.warnOfUnread(
            [
                ("--adaptive", adaptive), ("--expert-choice-from", expertChoiceFrom != nil),
                ("--capacity-rule", capacityRule != nil), ("--threshold", threshold != nil),
            ],
            of: .locmoePlus,
            among: try candidates.map(\.name),
            console
        )
        do {
            let corpus = try Corpus.open(plan.training.corpus ?? "tools/data/corpus")
            var rows: [TrainingRow] = []
            for settings in try allSettings(plan, domains: corpus.domains) {
                let session = try TrainingSession(
                    settings: settings,
                    corpus: corpus,
                    options: options(plan),
                    console: console
                )
                rows.append(try session.run())
                compare(&rows, target: plan.training.targetLoss)
                if let out { try TrainingFiles.write(rows, into: out, console) }
            }
            try console.result(json ? JSONText.encode(rows) : TrainingTable.text(of: rows))
        } catch let code as ExitCode {
            throw code
        } catch let error as TokenDataError where corpus != nil && error.isOf(corpus) {
            throw ValidationError("--corpus: \(error)")
        } catch {
            if let problem = configuration.problem(error) { throw console.refuse(problem) }
            console.error("\(error)")
            throw Exit.failed
        }
    }

    private func options(_ plan: ClusterPlan) -> TrainingSession.Options {
        .init(
            folder: out,
            checkpointEvery: plan.training.checkpointEvery,
            stopAfter: stopAfter,
            resumes: resume,
            heldOutEvery: plan.training.heldOutEvery,
            isSweep: capacityFactors?.values.count ?? 1 > 1
        )
    }

    /// Says of each run when it had a loss, of controls when they had that of the routers.
    private func compare(_ rows: inout [TrainingRow], target: Double?) {
        let routers = rows.indices.filter { RouterName(rawValue: rows[$0].router) != nil }
        let compared = routers.isEmpty ? Array(rows.indices) : routers
        let beside = rows.indices.filter { !compared.contains($0) }
        var qualities = compared.compactMap { rows[$0].quality }
        var others = beside.compactMap { rows[$0].quality }
        guard qualities.count + others.count == rows.count else { return }
        Quality.compare(&qualities, others: &others, target: target)
        for (row, quality) in zip(compared + beside, qualities + others) {
            rows[row].quality = quality
        }
    }

    /// Of every run: candidates, their seeds, their capacity factors.
    private func allSettings(_ plan: ClusterPlan, domains: Int) throws -> [TrainingSettings] {
        var all: [TrainingSettings] = []
        let factors = capacityFactors?.values ?? [plan.routing.capacityFactor]
        for factor in factors {
            for candidate in try candidates {
                // Controls have no capacity to vary.
                if case .router = candidate {} else if factor != factors[0] { continue }
                for seed in try seedNumbers ?? [plan.workload.seed] {
                    var plan = plan
                    plan.workload.seed = seed
                    plan.routing.capacityFactor = factor
                    if capacityFactors != nil {
                        // So that its slots are those of the others with the same factor.
                        plan.routing.expertChoiceFactor = factor * Double(plan.routing.topK)
                    }
                    all.append(settings(plan, candidate, domains: domains))
                }
            }
        }
        return all
    }

    private var candidates: [TrainingSettings.Candidate] {
        get throws {
            try router.split(separator: ",").map { name in
                switch name {
                case "dense": return .denseControl
                case "none": return .noControl
                default:
                    guard let router = RouterName(rawValue: String(name)) else {
                        throw ValidationError(
                            "--router \(name): expected dense, none or one of "
                                + RouterName.allCases.map(\.rawValue).joined(separator: ", ")
                        )
                    }
                    return .router(router)
                }
            }
        }
    }

    private var seedNumbers: [UInt64]? {
        get throws {
            try seeds?.split(separator: ",").map {
                guard let seed = UInt64($0) else {
                    throw ValidationError("--seeds \($0): expected whole numbers with commas")
                }
                return seed
            }
        }
    }

    private func settings(
        _ plan: ClusterPlan,
        _ candidate: TrainingSettings.Candidate,
        domains: Int
    ) -> TrainingSettings {
        var settings = TrainingSettings(plan, candidate: candidate)
        settings.domains = domains
        return settings
    }

    /// The plan with the options in place of what it says; all its steps are steps of learning.
    private func learned(_ plan: ClusterPlan) -> ClusterPlan {
        var plan = plan
        plan.training.locality = mu ?? plan.training.locality
        plan.training.smoothing = smoothing ?? plan.training.smoothing
        plan.training.auxiliary = alpha ?? plan.training.auxiliary
        plan.training.softmaxScale = softmaxScale ?? plan.training.softmaxScale
        plan.training.wire = wire ?? plan.training.wire
        plan.training.optimizer = optimizer ?? plan.training.optimizer
        plan.training.learningRate = learningRate ?? plan.training.learningRate
        plan.training.checkpointEvery = checkpointEvery ?? plan.training.checkpointEvery
        plan.training.heldOutEvery = heldOutEvery ?? plan.training.heldOutEvery
        plan.training.targetLoss = targetLoss ?? plan.training.targetLoss
        plan.training.corpus = corpus ?? plan.training.corpus
        plan.training.warmStart = 0
        plan.workload.warmup = 0
        plan.workload.steps = self.plan.steps ?? Self.defaultSteps
        plan.workload.sharding = sharding ?? plan.workload.sharding
        plan.model.layers = layers ?? plan.model.layers
        plan.routing.capacityScope = scope ?? plan.routing.capacityScope
        plan.routing.threshold = threshold ?? plan.routing.threshold
        plan.routing.capacityRule = capacityRule ?? plan.routing.capacityRule
        if byDomain { plan.routing.relevance = .domain }
        if adaptive || expertChoiceFrom != nil {
            plan.routing.mode = .adaptive
            plan.routing.expertChoiceFrom = expertChoiceFrom
        }
        return plan
    }

    /// What a plan may say and training cannot do.
    private func check(_ plan: ClusterPlan, _ console: Console) throws {
        let length = TrainingText.sequenceLength
        let tokens = plan.workload.tokensPerNPU
        let problem: String? =
            if !plan.npusPerNode.isMultiple(of: plan.parallel.tp) {
                "parallel.tp is \(plan.parallel.tp) on nodes of \(plan.npusPerNode) NPUs, expected a "
                    + "degree that divides them: a tensor-parallel group learns on one node"
            } else if tokens < length || !tokens.isMultiple(of: length) {
                "workload.tokens_per_npu is \(tokens), expected whole sequences of \(length)"
            } else if plan.routing.capacityScope == .global, plan.routing.policy == .reroute {
                "routing.policy is reroute; with global slots tokens can only be dropped"
            } else {
                nil
            }
        guard let problem else { return }
        console.error("\(self.plan.file): \(problem)")
        throw Exit.configuration
    }
}

extension TokenDataError {
    fileprivate func isOf(_ folder: String?) -> Bool {
        folder.map { file.hasPrefix($0 + "/") } ?? false
    }
}
