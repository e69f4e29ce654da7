import ArgumentParser
import Faults

/// `moecluster simulate`: the same plan in virtual time.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays the plan in virtual time, in one process, at any size.",
        discussion: """
            The machines are those that the workers play. Tokens are routed for real; bytes are \
            counted, not moved.
            """
    )

    @OptionGroup var plan: PlanOptions
    @OptionGroup var faults: FaultOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        try RunSession(
            verb: "simulate",
            configuration: try plan.configuration(
                console,
                extra: [],
                faults: faults,
                playedOn: .simulated
            ),
            output: output,
            console: console,
            isSimulated: true,
            usesFastForward: false
        ).run()
    }
}
