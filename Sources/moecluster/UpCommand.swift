import ArgumentParser
import ClusterModel
import Configuration
import Faults
import Glibc
import Standing

/// `moecluster up`: a cluster that stays.
struct UpCommand: ParsableCommand {
    static let verb = "up"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Launches a cluster that stays, to be watched and hurt by hand.",
        discussion: """
            Comes back when the mesh stands and the first step has ended; the cluster plays step \
            after step in the background until 'moecluster down', its last step or the end of its \
            time. Its routers do not learn: tokens of the store are routed as they are. See also \
            'moecluster status' and 'moecluster fault'.
            """
    )

    @OptionGroup var plan: PlanOptions
    @OptionGroup var faults: FaultOptions
    @Option(help: "The router; the configuration's baseline if left out.") var router: String?
    @Option(
        help:
            "From the end of a step to the beginning of the next, at least 10ms: 500ms, 2s, 1min."
    )
    var every = WallTime(seconds: 0.5)
    @Option(
        name: .customLong("for"),
        help: "The cluster ends after this time, a week at most: 90s, 30min, 8h."
    )
    var length = WallTime(seconds: 3600)
    @Flag(help: "Stay in the foreground; Ctrl-C does as 'down'.") var foreground = false
    @Flag(inversion: .prefixedNo, help: "Jump over modelled waits when all ranks agree.")
    var fastForward = true
    @Option(help: .hidden) var readyDescriptor: Int32?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard every.nanoseconds >= 10_000_000 else {
            throw ValidationError("--every: less than 10ms, expected 10ms or more")
        }
        guard length.nanoseconds > 0 else {
            throw ValidationError("--for: no time at all, expected as in 30min")
        }
    }

    func run() throws {
        guard readyDescriptor == nil, !foreground else { return try stay() }
        try BackgroundStart(output: output).run()
    }

    private func stay() throws {
        // A terminal's Ctrl-C and its end are no business of a cluster in the background.
        if readyDescriptor != nil { setsid() }
        let console = output.console
        if let other = StandingPlace.all(in: output.out).first(where: \.isHeld) {
            console.warning(
                "\(other.folder) stands already: both share this host, look at their fidelity"
            )
        }
        var overrides = [
            Override(option: "up", sets: "workload.corpus", to: "\"\"")
        ]
        let steps = StandingPace.steps(pause: every.nanoseconds, length: length.nanoseconds)
        if plan.steps == nil {
            overrides.append(Override(option: "up", sets: "workload.steps", to: "\(steps)"))
        }
        var configuration = try plan.configuration(
            console,
            extra: overrides + RunCommand.overrides(router: router),
            faults: faults,
            playedOn: .real
        )
        configuration.plan.routing.routers = [configuration.plan.routing.baseline]
        console.info(
            "routers do not learn in a cluster that stays: stored tokens are routed as they are"
        )
        let workload = configuration.plan.workload
        try RunSession(
            verb: Self.verb,
            configuration: configuration,
            output: output,
            console: console,
            isSimulated: false,
            usesFastForward: fastForward,
            export: TrafficExport(),
            standing: StandingRun(
                StandingPace(
                    pause: every.nanoseconds,
                    length: length.nanoseconds,
                    steps: min(StandingPace.stepsMax, workload.warmup + workload.steps)
                ),
                report: readyDescriptor
            )
        ).run()
    }
}
