import ArgumentParser
import ClusterModel
import Configuration

/// `moecluster run`: one router.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Launches the cluster and runs its steps with one router."
    )

    @OptionGroup var plan: PlanOptions
    @Option(help: "The router; the configuration's baseline if left out.") var router: String?
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(inversion: .prefixedNo, help: "Jump over modelled waits when all ranks agree.")
    var fastForward = true
    @OptionGroup(title: "Traces") var traces: TraceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard traces.trace == nil || router == nil || router == "trace" else {
            throw ValidationError("--trace and --router: run plays one of them, compare both")
        }
    }

    func run() throws {
        let console = output.console
        var extra: [Override] = []
        if let router, router != "trace" || traces.trace == nil {
            let option = "--router \(router)"
            extra = [
                Override(option: option, sets: "routing.routers", to: "[\"\(router)\"]"),
                Override(option: option, sets: "routing.baseline", to: router),
            ]
        }
        var plan = try plan.plan(console, extra: extra)
        traces.apply(to: &plan)
        if traces.trace != nil { plan.routing.baseline = .trace }
        plan.routing.routers = [plan.routing.baseline]
        if plan.routing.baseline != .trace { plan.routing.trace = nil }
        try RunSession(
            verb: "run",
            plan: plan,
            output: output,
            console: console,
            isSimulated: simulate,
            usesFastForward: fastForward,
            export: TrafficExport(traces)
        ).run()
    }
}
