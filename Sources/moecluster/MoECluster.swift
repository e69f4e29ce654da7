import ArgumentParser

/// The program: parses, builds what a verb needs, runs it.
@main struct MoECluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moecluster",
        abstract: "Emulates a cluster of NPUs and measures real All-to-All exchanges.",
        subcommands: [RouteCommand.self]
    )
}
