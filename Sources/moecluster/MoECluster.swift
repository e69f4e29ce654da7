import ArgumentParser
import ClusterRuntime

/// The program: parses, builds what a verb needs, runs it.
@main struct MoECluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moecluster",
        abstract: "Emulates a cluster of NPUs and measures real All-to-All exchanges.",
        discussion: """
            Start with 'moecluster compare': it launches the cluster of cluster.toml and says what \
            each router costs. Exit codes: 0 good, 1 failed, 2 not trustworthy (with --strict), \
            64 wrong usage, 78 wrong configuration, 130 interrupted.
            """,
        version: Program.version,
        subcommands: [
            CompareCommand.self, RunCommand.self, SimulateCommand.self, BenchCommand.self,
            UpCommand.self, StatusCommand.self, FaultCommand.self, DownCommand.self,
            ChaosCommand.self,
            RouteCommand.self, TrainCommand.self, TheoryCommand.self, PlanCommand.self,
            PresetsCommand.self,
            ImportCommand.self, DoctorCommand.self, ReportCommand.self,
        ]
    )

    static func main() {
        Interruption.endsProcess()
        ProcessorKernels.choose()
        // Signals that came meanwhile are taken now.
        Interruption.endsProcess()
        StandardStream.keepBrokenPipes()
        main(NegativeValues.joined(Array(CommandLine.arguments.dropFirst())))
    }
}
