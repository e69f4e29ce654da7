import ArgumentParser
import Configuration
import Faults

/// `moecluster simulate`: the same plan in virtual time.
struct SimulateCommand: ParsableCommand {
    static let verb = "simulate"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Plays the plan in virtual time, in one process, at any size.",
        discussion: """
            The machines are those that the workers play. Tokens are routed for real; bytes are \
            counted, not moved.
            """
    )

    @OptionGroup var plan: PlanOptions
    @OptionGroup(title: "Traces") var traces: TraceOptions
    @OptionGroup var faults: FaultOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        traces.warnOfUnread(plan, console)
        var configuration = try plan.configuration(
            console,
            extra: traces.overrides(routers: nil),
            faults: faults,
            playedOn: .simulated
        )
        traces.apply(to: &configuration.plan)
        try RunSession(
            verb: Self.verb,
            configuration: configuration,
            output: output,
            console: console,
            isSimulated: true,
            usesFastForward: false,
            export: TrafficExport(traces)
        ).run()
    }
}
