import ArgumentParser
import ClusterModel
import ResultFiles
import Routing
import Statistics
import TokenData

extension RouterName: ExpressibleByArgument {}
extension OverflowPolicy: ExpressibleByArgument {}

/// `moecluster route`: routing alone, offline: a batch from files in, assignments as CSV out.
///
/// All tokens of the file are one source rank's batch.
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract:
            "Routes the tokens of a .npy file and writes a row for each (token, expert) pair.",
        discussion: """
            All tokens of --features are one source rank's batch. Routers with weights are \
            untrained, made from --seed, unless weights are handed in. hash needs --token-ids, rre \
            needs --token-ids and --domains.
            """
    )

    @Option(help: "The router.") var router: RouterName
    @Option(help: "Features: .npy, float16 or float32, [tokens, d].") var features: String
    @OptionGroup(title: "Weights") var weights: RouteWeights
    @Option(help: "n, the number of experts.") var experts: Int
    @Option(help: "k, the experts a token chooses. gshard always takes 2, expert-choice none.")
    var topK = 1
    @Option(
        help: """
            cf of C = ceil(k s / n x cf), 1.1 if left out; of expert-choice the factor c of \
            C = ceil(s c / n), 2 if left out.
            """
    )
    var capacityFactor: Double?
    @Option(help: "C itself; overrides --capacity-factor and --capacity-rule.") var capacity: Int?
    @OptionGroup(title: "LocMoE+") var resonance: ResonanceOptions
    @Option(help: "Vocabulary ids: .npy, [tokens].") var tokenIds: String?
    @Option(
        help: "Domains: .npy, uint8, [tokens]. rre makes a group of experts for each."
    )
    var domains: String?
    @Option(help: "smile: servers; the experts are shared out over them.") var nodes = 1
    @Option(help: "ada-k: the most experts of a token; twice --top-k if left out.") var kMax: Int?
    @Option(
        help: "Of untrained weights, of fixed maps and of draws.",
        transform: WholeNumber.seed
    )
    var seed: UInt64 = 7
    @Option(help: "Where the CSV goes; stdout if left out.") var out: String?
    @Option(help: "Write the assignment as a line of JSONL for run --trace: step 0 of rank 0.")
    var exportTrace: String?

    /// As `model.experts` has it.
    private static let expertsMax = 65536
    /// More slots or servers than anybody has tokens for.
    private static let countMax = 1 << 30

    @Flag(help: "Results as JSON on stdout, nothing else there; the CSV only to --out.")
    var json = false
    @OptionGroup var speech: SpeechOptions

    func validate() throws {
        for (option, value, range) in [
            ("--experts", experts, 1...Self.expertsMax), ("--top-k", topK, 1...Self.expertsMax),
            ("--k-max", kMax ?? 1, 1...Self.expertsMax), ("--nodes", nodes, 1...Self.expertsMax),
            ("--capacity", capacity ?? 0, 0...Self.countMax),
            ("--capacity-floor", resonance.capacityFloor, 0...Self.countMax),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
        let scales = ResonanceOptions.softmaxScales
        for (option, value, range) in [
            ("--capacity-factor", capacityFactor ?? 1, 0.01...1000),
            ("--softmax-scale", resonance.softmaxScale, scales),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }

    func run() throws {
        let batch = try failing(1) { try loadBatch() }
        try checkNeeds(of: batch)
        let (assignment, notes) = try route(batch)
        if out != nil || !json {
            try failing(1) { try RouteOutput.write(AssignmentCSV.text(assignment), to: out) }
        }
        if let exportTrace {
            let traced = RoutingTrace.Batch(assignment, tokens: batch.count)
            let line = TraceText.line(traced, step: 0, layer: 0, rank: 0)
            try failing(1) { try RouteOutput.write(line + "\n", to: exportTrace) }
        }
        let index = separation(of: batch, assignment)
        if json {
            let row = RouteResult(assignment, router: router, calinskiHarabasz: index)
            try failing(1) { try RouteOutput.write(JSONText.encode(row) + "\n", to: nil) }
        }
        let console = speech.console
        for line in notes + [summary(of: assignment)] { console.info(line) }
        console.info(
            "\(router.rawValue): Calinski-Harabasz index of kept tokens by expert: "
                + (index.map { "\($0)" } ?? "not defined")
        )
    }

    /// How far apart the tokens lie that experts keep.
    private func separation(of batch: TokenBatch, _ assignment: Assignment) -> Double? {
        var scatter = ClusterScatter(groups: experts, width: batch.width)
        for pair in assignment.pairs where pair.isKept {
            scatter.add(batch.row(pair.token), group: pair.expert.index)
        }
        return scatter.calinskiHarabasz
    }

    private func route(_ batch: TokenBatch) throws -> (Assignment, [String]) {
        let parts: RouterParts = try failing(1) { try self.parts(for: batch) }
        let made: any Router = try failing(ExitCode.validationFailure.rawValue) {
            try RouterCatalog.make(
                router,
                settings: resonance.settings(router, topK: topK, factor: capacityFactor),
                experts: experts,
                width: batch.width,
                seed: seed,
                parts: parts
            )
        }
        guard let locmoePlus = made as? LocMoEPlusRouter else { return (made.assign(batch), []) }
        return try failing(ExitCode.validationFailure.rawValue) {
            try resonance.route(
                batch,
                with: locmoePlus,
                conventional: capacityFactor ?? ResonanceOptions.defaultFactor,
                fixed: capacity
            ) as (Assignment, [String])
        }
    }

    private func loadBatch() throws -> TokenBatch {
        let matrix = try FeatureMatrix.open(features)
        try matrix.checkFinite()
        let ids = try tokenIds.map { try TokenColumn.tokenIDs($0) } ?? []
        let domainOfToken = try domains.map { try TokenColumn.domains($0) } ?? []
        let state = try weights.state.map { try RouteWeights.matrix($0) }
        let stateRows = state?.experts ?? 0
        for (file, count) in [
            (tokenIds, ids.count), (domains, domainOfToken.count), (weights.state, stateRows),
        ] {
            guard let file, count != matrix.rows else { continue }
            throw TokenDataError(
                file: file,
                problem: "has \(count) tokens, \(features) \(matrix.rows): expected the same"
            )
        }
        return TokenBatch(
            width: matrix.width,
            features: matrix.allFloats(),
            tokenIDs: ids,
            domains: domainOfToken,
            routerState: state?.weights ?? []
        )
    }

    private func parts(for batch: TokenBatch) throws -> RouterParts {
        var parts = try weights.parts()
        if router == .hash { parts.frequencies = TokenFrequencies(of: batch.tokenIDs) }
        parts.domains = Int(batch.domains.max() ?? 0) + 1
        parts.nodes = nodes
        parts.choicesMax = kMax
        parts.capacity = capacity
        parts.softmaxScale = resonance.softmaxScale
        if let capacityFactor { parts.expertChoiceFactor = capacityFactor }
        let p = parts.recurrence?.width ?? parts.projection?.experts
        let expected = batch.count * (p ?? RecurrentRouter.defaultStateWidth)
        if let state = weights.state, router == .rmoe, batch.routerState.count != expected {
            throw TokenDataError(
                file: state,
                problem: "is \(batch.routerState.count / batch.count) wide, the router's state "
                    + "\(expected / batch.count): expected the same"
            )
        }
        return parts
    }

    private func checkNeeds(of batch: TokenBatch) throws {
        switch router {
        case .hash where batch.tokenIDs.isEmpty:
            throw usage("--router hash maps token ids: expected --token-ids T.npy")
        case .rre where batch.tokenIDs.isEmpty || batch.domains.isEmpty:
            throw usage(
                "--router rre maps domains and token ids: expected --domains D.npy and "
                    + "--token-ids T.npy"
            )
        default: break
        }
    }

    private func summary(of assignment: Assignment) -> String {
        "\(router.rawValue): \(assignment.offered) pairs offered, \(assignment.kept) kept "
            + "(\(assignment.rerouted) rerouted), \(assignment.dropped) dropped "
            + "(\(assignment.dropped(for: .capacity)) capacity, "
            + "\(assignment.dropped(for: .threshold)) threshold), C = \(assignment.capacity)"
    }
}

/// Runs `body`; an error becomes one line on stderr and the exit code.
private func failing<R>(_ code: Int32, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch {
        RouteOutput.say("error: \(error)")
        throw ExitCode(code)
    }
}

private func usage(_ message: String) -> ExitCode {
    RouteOutput.say("error: \(message)")
    return .validationFailure
}
