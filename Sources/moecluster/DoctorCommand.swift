import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Membership
import Report
import ResultFiles

/// `moecluster doctor`: is this machine fit.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what this machine can carry: cores, memory, descriptors, sockets, timers."
    )

    @Flag(help: "Small runs of several sizes and dilations: where the verdict turns.")
    var map = false
    @Option(help: "With --map: the machine whose links are played.")
    var preset = Preset.ascend910B3
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func validate() throws {
        guard preset != .custom else {
            throw ValidationError("--preset custom has no figures: expected a named machine")
        }
    }

    func run() throws {
        let console = speech.console
        do {
            try Preflight.checkWorker()
            let host = try HostProbe.measure(workerPath: Program.workerPath, milliseconds: 400)
            let overshoot = try HostProbe.timerOvershoot()
            let examination = HostExamination(host, overshoot)
            if !json { try console.result(examination.text) }
            let rows = map ? try rows(host, console) : nil
            if json {
                try console.result(JSONText.encode(examination.with(rows)))
            } else if let rows {
                try console.result("\n" + HostMapTable.text(of: rows))
            }
        } catch {
            console.error("\(error)")
            throw error as? RunFailure == .interrupted ? Exit.interrupted : Exit.failed
        }
    }

    private func rows(_ host: HostCapacity, _ console: Console) throws -> [HostMapRow] {
        let text = "[cluster]\npreset = \(TOMLText.string(preset.rawValue))"
        let plan = try PlanReader.plan(from: text, file: "the preset")
        return try HostMapSweep(host: host).rows(plan) { console.progress($0) }
    }
}

/// How many workers this machine can hold so that their run may be believed.
struct LargestCluster {
    let workers: Int
    let limit: String

    /// Workers a core that have been tried and were in time.
    private static let workersPerCore = 128
    /// Bytes of a worker of the default plan with its payload.
    private static let workerBytes = 36 << 20

    init(_ host: HostCapacity) {
        let limits = [
            (host.cores * Self.workersPerCore, "cores (\(Self.workersPerCore) workers each)"),
            (host.memoryAvailable.bytes / Self.workerBytes, "memory (36 MiB a worker)"),
            (max(0, host.descriptors - 64) / 3, "descriptors (3 a worker in the coordinator)"),
        ]
        (workers, limit) = limits.min { $0.0 < $1.0 } ?? (0, "")
    }
}

extension HostCapacity {
    var loopbackText: String {
        let tenths = Int((loopbackBytesPerSecond / 1e8).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
