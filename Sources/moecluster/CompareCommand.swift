import ArgumentParser
import Configuration
import Faults

/// `moecluster compare`: several routers on identical tokens.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compares routers on identical tokens, steps interleaved.",
        discussion: """
            Launches one worker process for each NPU, exchanges tokens of real text over shaped links, \
            checks every byte, and measures. With a corpus routers learn on the way; without one \
            stored features are routed as they are.
            """
    )

    @OptionGroup var plan: PlanOptions
    @OptionGroup var faults: FaultOptions
    @Option(help: "Routers to compare, as in switch,hash,locmoe,locmoe+ (routing.routers).")
    var routers: String?
    @Option(help: "The router the others are compared with (routing.baseline).")
    var baseline: String?
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(inversion: .prefixedNo, help: "Jump over modelled waits when all ranks agree.")
    var fastForward = true
    @OptionGroup(title: "Traces") var traces: TraceOptions
    @Option(help: "Go on with the run of this folder that was killed, by the folder's plan.")
    var resume: String?
    @OptionGroup var output: OutputOptions

    func validate() throws { try traces.check(resume: resume) }

    func run() throws {
        let console = output.console
        traces.warnOfUnread(plan, console)
        var extra: [Override] = []
        if let routers {
            let list = routers.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ", ")
            extra.append(
                Override(
                    option: "--routers \(routers)",
                    sets: "routing.routers",
                    to: "[\(list)]"
                )
            )
            if baseline == nil, let first = routers.split(separator: ",").first {
                extra.append(
                    Override(
                        option: "--routers \(routers)",
                        sets: "routing.baseline",
                        to: String(first)
                    )
                )
            }
        }
        if let baseline {
            extra.append(
                Override(
                    option: "--baseline \(baseline)",
                    sets: "routing.baseline",
                    to: baseline
                )
            )
        }
        var configuration = try plan.resuming(resume).configuration(
            console,
            extra: extra + traces.overrides(routers: routers),
            faults: faults,
            playedOn: simulate ? .simulated : .real
        )
        traces.apply(to: &configuration.plan)
        try RunSession(
            verb: "compare",
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
