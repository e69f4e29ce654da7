import ArgumentParser
import ClusterModel
import Configuration

/// `moecluster presets`: the machines that a plan may name.
struct PresetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets",
        abstract: "Prints a preset as TOML to copy, each figure with its source.",
        discussion: "Without a name: which presets there are."
    )

    @Argument(help: "The preset.") var name: Preset?

    func run() throws {
        let console = Console(level: .info, isQuiet: false)
        try console.result(name.map(PresetFile.render) ?? PresetFile.list)
    }
}

extension Preset: ExpressibleByArgument {}
