import ArgumentParser
import ClusterModel
import Configuration
import Faults
import Glibc
import ResultFiles

/// Options that every verb with a plan has.
struct PlanOptions: ParsableArguments {
    @Argument(help: "The configuration.") var file = PlanOptions.usualFile
    @Option(help: "Servers (cluster.nodes).") var nodes: Int?
    @Option(help: "NPUs of a server (cluster.npus_per_node).") var npus: Int?
    @Option(help: "Measured steps (workload.steps).") var steps: Int?
    @Option(
        help: "The seed everything random comes from (workload.seed).",
        transform: WholeNumber.seed
    )
    var seed: UInt64?
    @Option(help: "Any key of the configuration: --set model.hidden=2048. May be repeated.")
    var set: [String] = []

    private static let usualFile = "cluster.toml"

    /// The same options on the plan of a run's folder, unless another configuration is named.
    func resuming(_ folder: String?) -> PlanOptions {
        guard let folder, file == Self.usualFile else { return self }
        var options = self
        options.file = "\(folder)/\(RunFile.plan.rawValue)"
        return options
    }

    /// The plan, for a verb that plays no faults: a configuration with faults is refused rather
    /// than hurt by none of them.
    func plan(_ console: Console) throws -> ClusterPlan { try unhurt(console).plan }

    /// The same with the places of its keys.
    func unhurt(_ console: Console) throws -> RunConfiguration {
        let configuration = try configuration(console)
        guard configuration.faults.isEmpty else {
            console.error("\(file): faults: this verb plays none; expected no [[faults]] here")
            throw Exit.configuration
        }
        sayIfIgnored(configuration.faults.recovery, console, "a bench ends with its first failure")
        return configuration
    }

    private func sayIfIgnored(_ recovery: RecoveryPolicy, _ console: Console, _ why: String) {
        guard recovery != .abort else { return }
        console.info("\(file): [recovery] is not used here: \(why)")
    }

    /// The plan and the faults, for a verb that plays them on `stage`; kinds that this version
    /// cannot play there are refused.
    func configuration(
        _ console: Console,
        extra: [Override],
        faults: FaultOptions,
        playedOn stage: FaultStage
    ) throws -> RunConfiguration {
        let options = faults.fault.map(FaultOption.init)
        let configuration = try configuration(console, extra: extra, faults: options)
        let unplayed = configuration.faults.unplayed(on: stage)
        guard unplayed.isEmpty else {
            let place = stage == .real ? "on worker processes" : "in virtual time"
            console.error(
                "faults: this version cannot play \(unplayed.joined(separator: ", ")) \(place); "
                    + "expected a run without them; nothing was started"
            )
            throw Exit.configuration
        }
        warnOfUnread(configuration, console)
        if stage == .simulated {
            let why = "in virtual time no worker is lost"
            sayIfIgnored(configuration.faults.recovery, console, why)
        }
        return configuration
    }

    /// Reads the configuration with the settings that options of the verb stand for; every
    /// problem is printed at once.
    func configuration(
        _ console: Console,
        extra: [Override] = [],
        faults: [FaultOption] = []
    ) throws -> RunConfiguration {
        guard let text = Self.text(of: file) else {
            console.error(
                "\(file): \(String(cString: strerror(errno))); expected a configuration: give its "
                    + "path, or start where cluster.toml lies"
            )
            throw Exit.configuration
        }
        do throws(ConfigurationProblems) {
            var configuration = try PlanReader.configuration(
                from: text,
                file: file,
                overrides: overrides + extra,
                faults: faults
            )
            configuration.plan.workload.tokens = Self.absolute(
                ConfigurationFile.resolve(configuration.plan.workload.tokens, beside: file)
            )
            configuration.plan.routing.trace = configuration.plan.routing.trace.map {
                Self.absolute(ConfigurationFile.resolve($0, beside: file))
            }
            configuration.plan.training.corpus = configuration.plan.training.corpus.map {
                Self.absolute(ConfigurationFile.resolve($0, beside: file))
            }
            return configuration
        } catch {
            console.error("\(error)\n\(error.problems.count) problem(s); nothing was started")
            throw Exit.configuration
        }
    }

    /// Settings that its options stand for.
    var overrides: [Override] {
        let options: [(String, String, String?)] = [
            ("--nodes", "cluster.nodes", nodes.map(String.init)),
            ("--npus", "cluster.npus_per_node", npus.map(String.init)),
            ("--steps", "workload.steps", steps.map(String.init)),
            ("--seed", "workload.seed", seed.map(String.init)),
        ]
        let named = options.compactMap { name, key, value in
            value.map { Override(option: "\(name) \($0)", sets: key, to: $0) }
        }
        return named + set.map(Override.init(set:))
    }

    static func text(of path: String) -> String? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            bytes += buffer[..<count]
            guard count == buffer.count, bytes.count < 1 << 24 else { break }
        }
        return ferror(file) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// Workers start where they like: a path that they open has to be absolute.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}

/// Options of the verbs that play faults.
struct FaultOptions: ParsableArguments {
    @Option(
        help:
            "A fault, with the keys of [[faults]]: kind=straggler,npu=3,factor=2,at=step 5. May be repeated."
    )
    var fault: [String] = []
}

/// Options that every verb with results has.
struct OutputOptions: ParsableArguments {
    @Option(help: "Where the run's folder is made.") var out = "runs"
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false
    @Flag(help: "Exit with 2 if the run is not trustworthy.") var strict = false
    @Option(help: "How much is said on stderr.") var logLevel = LogLevel.info

    var console: Console { Console(level: logLevel, isQuiet: quiet) }
}
