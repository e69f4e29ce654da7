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
    @Option(help: "Go on with the run of this folder that was killed, by the folder's plan.")
    var resume: String?
    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        var extra: [Override] = []
        if let router {
            let option = "--router \(router)"
            extra = [
                Override(option: option, sets: "routing.routers", to: "[\"\(router)\"]"),
                Override(option: option, sets: "routing.baseline", to: router),
            ]
        }
        var configuration = try plan.resuming(resume).configuration(
            console,
            extra: extra,
            faults: faults,
            playedOn: simulate ? .simulated : .real
        )
        configuration.plan.routing.routers = [configuration.plan.routing.baseline]
        try RunSession(
            verb: "run",
            configuration: configuration,
            output: output,
            console: console,
            isSimulated: simulate,
            usesFastForward: fastForward,
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
