import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Report

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
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false

    func validate() throws {
        guard preset != .custom else {
            throw ValidationError("--preset custom has no figures: expected a named machine")
        }
    }

    func run() throws {
        let console = Console(level: .info, isQuiet: quiet)
        do {
            try Preflight.checkWorker()
            let host = try HostProbe.measure(workerPath: Program.workerPath, milliseconds: 400)
            let overshoot = try HostProbe.timerOvershoot()
            let largest = LargestCluster(host)
            try console.result(
                """
                cores                 \(host.cores)
                memory                \(host.memory >> 20) MiB, \(host.memoryAvailable.bytes >> 20) MiB available to \(host.memoryAvailable.limit)
                kernel                \(host.kernel)
                descriptors           \(host.descriptors) a process
                loopback              \(host.loopbackText) GB/s through this engine's sockets, all cores
                timer overshoot       \(overshoot.median / 1000) µs median, \
                \(overshoot.max / 1000) µs worst of 50
                largest cluster       \(largest.workers) NPUs, limited by \(largest.limit)
                """
            )
            if map { try showMap(host, console) }
        } catch {
            console.error("\(error)")
            throw "\(error)" == "interrupted" ? Exit.interrupted : Exit.failed
        }
    }

    private func showMap(_ host: HostCapacity, _ console: Console) throws {
        let text = "[cluster]\npreset = \(TOMLText.string(preset.rawValue))"
        let plan = try PlanReader.plan(from: text, file: "the preset")
        let rows = try HostMapSweep(host: host).rows(plan) { console.progress($0) }
        try console.result("\n" + HostMapTable.text(of: rows))
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
