import ArgumentParser
import ClusterModel
import Routing
import TokenData

extension RouterName: ExpressibleByArgument {}
extension SelectionMode: ExpressibleByArgument {}
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
            All tokens of --features are one source rank's batch. switch without --gate uses \
            untrained weights made from --seed; hash needs --token-ids.
            """
    )

    @Option(help: "The router.") var router: RouterName
    @Option(help: "Features: .npy, float16 or float32, [tokens, d].") var features: String
    @Option(help: "Weights of the dense gate of switch: .npy, [experts, d].") var gate: String?
    @Option(help: "n, the number of experts.") var experts: Int
    @Option(help: "k, the experts a token chooses.") var topK = 1
    @Option(help: "cf of C = ceil(k s / n x cf).") var capacityFactor = 1.1
    @Option(help: "C itself; overrides --capacity-factor.") var capacity: Int?
    @Option(help: "locmoe+: an expert keeps at least this many of its candidates, if C allows.")
    var capacityFloor = 1
    @Option(help: "locmoe+: τ, the share of an expert's positive affinity sum it keeps.")
    var threshold = 0.8
    @Option(help: "locmoe+: which half truncates.") var mode = SelectionMode.ecr
    @Option(help: "locmoe+: what happens to a pair no capacity was left for.")
    var policy = OverflowPolicy.drop
    @Option(help: "locmoe+: the factor in front of the softmax of combine weights.")
    var softmaxScale = 1.0
    @Option(help: "Vocabulary ids: .npy, [tokens].") var tokenIds: String?
    @Option(help: "Domains: .npy, uint8, [tokens].") var domains: String?
    @Option(help: "Of the untrained gate and of the hash map.") var seed: UInt64 = 7
    @Option(help: "Where the CSV goes; stdout if left out.") var out: String?

    func run() throws {
        let batch = try failing(1) { try loadBatch() }
        let router = try makeRouter(for: batch)
        let assignment = router.assign(batch)
        try failing(1) { try RouteOutput.write(AssignmentCSV.text(assignment), to: out) }
        RouteOutput.say(summary(of: assignment))
    }

    private func loadBatch() throws -> TokenBatch {
        let matrix = try FeatureMatrix.open(features)
        try matrix.checkFinite()
        let ids = try tokenIds.map { try TokenColumn.tokenIDs($0) } ?? []
        let domainOfToken = try domains.map { try TokenColumn.domains($0) } ?? []
        for (file, count) in [(tokenIds, ids.count), (domains, domainOfToken.count)] {
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
            domains: domainOfToken
        )
    }

    private func makeRouter(for batch: TokenBatch) throws -> any Router {
        guard router != .hash || !batch.tokenIDs.isEmpty else {
            throw usage("--router hash maps token ids: expected --token-ids T.npy")
        }
        let dense = try failing(1) { try gate.map(loadGate) }
        return try failing(ExitCode.validationFailure.rawValue) {
            try RouterCatalog.make(
                router,
                settings: settings,
                experts: experts,
                width: batch.width,
                seed: seed,
                gate: dense,
                frequencies: TokenFrequencies(of: batch.tokenIDs),
                capacity: capacity,
                softmaxScale: softmaxScale
            )
        }
    }

    private var settings: RoutingSettings {
        RoutingSettings(
            routers: [router],
            baseline: router,
            topK: topK,
            capacityFactor: capacityFactor,
            capacityFloor: capacityFloor,
            threshold: threshold,
            mode: mode,
            policy: policy
        )
    }

    private func loadGate(_ path: String) throws -> DenseGate {
        let matrix = try FeatureMatrix.open(path)
        try matrix.checkFinite()
        return DenseGate(
            experts: matrix.rows,
            width: matrix.width,
            weights: matrix.allFloats()
        )
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
