import ArgumentParser
import ClusterModel
import Configuration
import Faults
import Membership
import ResultFiles
import Simulation

/// `moecluster chaos`: faults at random, seed by seed.
struct ChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Lets faults loose on a cluster, seed by seed, and says what became of it.",
        discussion: """
            With --simulate the machines of coordinator and workers play in one process and in \
            virtual time, and faults of all kinds are drawn; a seed that breaks a rule is \
            shrunk to the smallest schedule that does, and written as a file for --schedule. \
            Without it a run on worker processes is started for each seed, with faults of all kinds \
            in its plan; one whose coordinator is killed goes on with its folder. With --outside its \
            workers are killed and stopped by others.
            """
    )

    @Argument(help: "The configuration; 4 servers of 2 NPUs and 6 steps if left out.")
    var file: String?
    @Option(help: "Servers (cluster.nodes).") var nodes: Int?
    @Option(help: "NPUs of a server (cluster.npus_per_node).") var npus: Int?
    @Option(help: "Steps of a run (workload.steps).") var steps: Int?
    @Option(help: "Any key of the configuration: --set recovery.retry_max=2. May be repeated.")
    var set: [String] = []
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(help: "Kill and stop the workers of runs from outside, by no plan of theirs.")
    var outside = false
    @Option(help: "Seeds to play, like 0..9999; 0..999 simulated or 0..19 if left out.")
    var seeds: SeedRange?
    @Option(help: "Play the faults and the seed of this file, as a failing seed left it.")
    var schedule: String?
    @Option(help: ArgumentHelp("A planted bug.", visibility: .private))
    var plant: PlantedBug?
    @Option(help: "Where the smallest schedule of a failing seed is written.") var out = "runs"
    @Flag(help: "A row of JSON for each seed on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func validate() throws {
        guard !(simulate && outside) else {
            throw ValidationError("--outside and --simulate: in virtual time there is no outside")
        }
        guard schedule == nil || file == nil else {
            throw ValidationError("--schedule and \(file ?? ""): a schedule is a configuration")
        }
        let isBent = nodes != nil || npus != nil || steps != nil || !set.isEmpty
        guard schedule == nil || !isBent else {
            throw ValidationError(
                "--schedule is played as it was written; expected it without --nodes, --npus, --steps "
                    + "and --set"
            )
        }
        guard schedule == nil || seeds == nil else {
            throw ValidationError(
                "--schedule and --seeds \(seeds?.description ?? ""): a schedule is played with the "
                    + "seed it was written with; expected one of the two"
            )
        }
        guard simulate || schedule == nil && plant == nil else {
            throw ValidationError(
                "--schedule and planted bugs are played in virtual time only: expected --simulate beside them"
            )
        }
    }

    func run() throws {
        let console = speech.console
        let configuration = try ChaosPlan.read(
            schedule ?? file,
            settings,
            console,
            isReal: !simulate
        )
        guard simulate else { return try playReal(configuration, console) }
        try Exit.onFailure(console) {
            try SimulatedChaos(
                configuration: configuration,
                specs: schedule == nil ? nil : configuration.faults.specs,
                seeds: schedule == nil
                    ? seeds?.values ?? 0...999 : SeedRange(of: configuration).values,
                schedule: schedule,
                bug: plant,
                folder: out,
                isJSON: json,
                console: console
            ).run()
        }
    }

    private var settings: PlanOptions {
        get throws {
            var settings = try PlanOptions.parse([])
            (settings.nodes, settings.npus, settings.steps) = (nodes, npus, steps)
            settings.set = set
            return settings
        }
    }

    private func playReal(_ configuration: RunConfiguration, _ console: Console) throws {
        try Exit.onFailure(console) {
            try RealChaos(
                configuration: configuration,
                seeds: seeds?.values ?? 0...19,
                folder: "\(out)/\(Program.timestamp.replacing(":", with: "-"))-chaos",
                isOutside: outside,
                isJSON: json,
                console: console
            ).run()
        }
    }
}

extension PlantedBug: ExpressibleByArgument {}

/// Seeds on the command line: `7` or `0..9999`.
struct SeedRange: ExpressibleByArgument, CustomStringConvertible {
    let values: ClosedRange<UInt64>

    init(_ values: ClosedRange<UInt64>) { self.values = values }

    init(of configuration: RunConfiguration) {
        values = configuration.plan.workload.seed...configuration.plan.workload.seed
    }

    init?(argument: String) {
        let dots = argument.firstRange(of: "..")
        guard let first = UInt64(argument[..<(dots?.lowerBound ?? argument.endIndex)]),
            let last = dots.map({ UInt64(argument[$0.upperBound...]) }) ?? first,
            first <= last, last - first < 10_000_000
        else { return nil }
        values = first...last
    }

    var description: String { "\(values.lowerBound)..\(values.upperBound)" }
    var defaultValueDescription: String { description }
}

/// The configuration that chaos plays on.
enum ChaosPlan {
    private static let standard = """
        [cluster]
        nodes = 4
        npus_per_node = 2

        [workload]
        steps = 6
        warmup = 0

        [model]
        experts = 8
        """

    /// Patient enough for a budget of faults: with the policy "abort" chaos would be over at once.
    private static func patience(isReal: Bool) -> RecoveryPolicy {
        RecoveryPolicy(
            ladder: [.retry, .restart, .exclude],
            retryMax: isReal ? 8 : 6,
            restartMax: isReal ? 6 : 12,
            excludeMax: 1,
            rejoinAfter: isReal ? 2 : 1
        )
    }

    /// What the configuration says of recovery, and patience where it says nothing.
    private static func recovery(
        of configuration: RunConfiguration,
        isReal: Bool
    ) -> RecoveryPolicy {
        var policy = patience(isReal: isReal)
        let asked = configuration.faults.recovery
        if configuration.gives("recovery.policy") { policy.ladder = asked.ladder }
        if configuration.gives("recovery.retry_max") { policy.retryMax = asked.retryMax }
        if configuration.gives("recovery.restart_max") { policy.restartMax = asked.restartMax }
        if configuration.gives("recovery.exclude_max") { policy.excludeMax = asked.excludeMax }
        if configuration.gives("recovery.rejoin") { policy.rejoinAfter = asked.rejoinAfter }
        (policy.resendMax, policy.resendStepMax) = (asked.resendMax, asked.resendStepMax)
        return policy
    }

    /// On processes: dilated, so that instants are apart, and small, but of several chunks a message.
    private static let real = [
        "cluster.dilation=400", "workload.tokens_per_npu=64", "model.hidden=1024", "model.ffn=64",
        "exchange.chunk=\"4 KiB\"", "workload.steps=12",
    ]

    /// Reads a configuration, or takes the standard one, with settings of the command line.
    static func read(
        _ file: String?,
        _ settings: PlanOptions,
        _ console: Console,
        isReal: Bool
    ) throws -> RunConfiguration {
        var configuration: RunConfiguration
        if let file {
            var settings = settings
            settings.file = file
            configuration = try settings.configuration(console)
        } else {
            do throws(ConfigurationProblems) {
                configuration = try PlanReader.configuration(
                    from: standard,
                    file: "chaos",
                    overrides: (isReal ? real.map(Override.init(set:)) : []) + settings.overrides,
                    faults: []
                )
            } catch {
                console.error("\(error)")
                throw Exit.configuration
            }
            // Beside the program's sources: where the usual configuration lies, too.
            let tokens = configuration.plan.workload.tokens
            configuration.plan.workload.tokens = PlanOptions.absolute(tokens)
        }
        configuration.faults.recovery = recovery(of: configuration, isReal: isReal)
        return configuration
    }
}
