import ArgumentParser
import ClusterModel
import Configuration
import Glibc
import ResultFiles

/// `moecluster import`: another tool's cluster file as a plan.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a configuration from a ranktable of HCCL or a topology of HCCL-VM.",
        discussion: """
            Size and layout come from the file, rates from the preset. Without --out the \
            configuration goes to stdout.
            """
    )

    @Argument(help: "A ranktable (JSON) or a topology (YAML).") var file: String
    @Option(help: "The machine: its links and its NPU's peak.") var preset = Preset.ascend910B3
    @Option(help: "The file to write; one that is there stays as it is.") var out: String?
    @OptionGroup var speech: SpeechOptions

    func run() throws {
        let console = speech.console
        guard let text = PlanOptions.text(of: file) else {
            console.error("\(file): \(String(cString: strerror(errno))); expected a cluster file")
            throw Exit.configuration
        }
        let cluster: ImportedCluster
        let plan: String
        do throws(ConfigurationProblem) {
            cluster = try ImportedCluster.read(text, file: file)
            plan = try cluster.planText(preset: preset, file: file)
        } catch {
            console.error("\(error)")
            throw Exit.configuration
        }
        guard let out else {
            try Exit.onFailure(console) { try console.result(plan) }
            return
        }
        try write(plan, to: out, console)
        console.info(
            "\(out): \(cluster.nodes) nodes of \(cluster.npusPerNode) NPUs, \(cluster.kind)"
        )
    }

    private func write(
        _ text: String,
        to path: String,
        _ console: Console
    ) throws(ConfigurationProblem) {
        do {
            try OutputFile.create(path, with: text)
        } catch {
            throw ConfigurationProblem(place: .option("--out \(path)"), key: "", seen: "\(error)")
        }
    }
}
