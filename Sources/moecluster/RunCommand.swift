import ArgumentParser
import ClusterModel
import Configuration
import Faults

/// `moecluster run`: one router.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Launches the cluster and runs its steps with one router."
    )

    @OptionGroup var plan: PlanOptions
    @OptionGroup var faults: FaultOptions
    @Option(help: "The router; the configuration's baseline if left out.") var router: String?
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(inversion: .prefixedNo, help: "Jump over modelled waits when all ranks agree.")
    var fastForward = true
    @OptionGroup(title: "Traces") var traces: TraceOptions
    @Option(help: "Go on with the run of this folder that was killed, by the folder's plan.")
    var resume: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try traces.check(resume: resume)
        guard traces.trace == nil || router == nil || router == "trace" else {
            throw ValidationError("--trace and --router: run plays one of them, compare both")
        }
    }

    /// The settings that `--router` stands for.
    static func overrides(router: String?) -> [Override] {
        guard let router else { return [] }
        let option = "--router \(router)"
        return [
            Override(option: option, sets: "routing.routers", to: "[\"\(router)\"]"),
            Override(option: option, sets: "routing.baseline", to: router),
        ]
    }

    func run() throws {
        let console = output.console
        traces.warnOfUnread(plan, console)
        let isTrace = router == "trace" && traces.trace != nil
        let extra = isTrace ? [] : Self.overrides(router: router)
        var configuration = try plan.resuming(resume).configuration(
            console,
            extra: extra + traces.overrides(routers: nil),
            faults: faults,
            playedOn: simulate ? .simulated : .real
        )
        configuration.plan.playOne(traces)
        try RunSession(
            verb: "run",
            configuration: configuration,
            output: output,
            console: console,
            isSimulated: simulate,
            usesFastForward: fastForward,
            export: TrafficExport(traces),
            broken: try resume.map {
                try BrokenRun(
                    $0,
                    configuration: configuration,
                    isSimulated: simulate,
                    console: console
                )
            }
        ).run()
    }
}

extension ClusterPlan {
    /// Leaves one router: the trace where there is one, else the baseline.
    fileprivate mutating func playOne(_ traces: TraceOptions) {
        traces.apply(to: &self)
        if traces.trace != nil { routing.baseline = .trace }
        routing.routers = [routing.baseline]
        if routing.baseline != .trace { routing.trace = nil }
    }
}
