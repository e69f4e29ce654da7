import ArgumentParser
import ClusterModel
import Configuration
import Glibc

/// Options that every verb with a plan has.
struct PlanOptions: ParsableArguments {
    @Argument(help: "The configuration.") var file = "cluster.toml"
    @Option(help: "Servers (cluster.nodes).") var nodes: Int?
    @Option(help: "NPUs of a server (cluster.npus_per_node).") var npus: Int?
    @Option(help: "Measured steps (workload.steps).") var steps: Int?
    @Option(help: "The seed everything random comes from (workload.seed).") var seed: UInt64?
    @Option(help: "Any key of the configuration: --set model.hidden=2048. May be repeated.")
    var set: [String] = []

    /// Reads the plan with the settings that options of the verb stand for; every problem is
    /// printed at once.
    func plan(_ console: Console, extra: [Override] = []) throws -> ClusterPlan {
        guard let text = Self.text(of: file) else {
            console.error(
                "\(file): \(String(cString: strerror(errno))); expected a configuration: give its "
                    + "path, or start where cluster.toml lies"
            )
            throw Exit.configuration
        }
        do throws(ConfigurationProblems) {
            var plan = try PlanReader.plan(from: text, file: file, overrides: overrides + extra)
            plan.workload.tokens = Self.absolute(
                ConfigurationFile.resolve(plan.workload.tokens, beside: file)
            )
            plan.routing.trace = plan.routing.trace.map {
                Self.absolute(ConfigurationFile.resolve($0, beside: file))
            }
            plan.training.corpus = plan.training.corpus.map {
                Self.absolute(ConfigurationFile.resolve($0, beside: file))
            }
            return plan
        } catch {
            console.error("\(error)\n\(error.problems.count) problem(s); nothing was started")
            throw Exit.configuration
        }
    }

    private var overrides: [Override] {
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

/// Options that every verb with results has.
struct OutputOptions: ParsableArguments {
    @Option(help: "Where the run's folder is made.") var out = "runs"
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false
    @Flag(help: "Exit with 2 if the run is not trustworthy.") var strict = false
    @Option(help: "How much is said on stderr.") var logLevel = LogLevel.info

    var console: Console { Console(level: logLevel, isQuiet: quiet) }
}
