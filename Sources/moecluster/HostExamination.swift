import ClusterRuntime
import Report

/// What `doctor` finds, as JSON and for people.
struct HostExamination: Encodable {
    struct Overshoot: Encodable {
        var median: Double
        /// Of 50.
        var max: Double
    }

    struct Largest: Encodable {
        var workers: Int
        var limit: String
    }

    private let cores: Int
    /// Bytes.
    private let memory: Int
    private let memoryAvailable: Int
    private let memoryLimit: String
    private let kernel: String
    private let descriptors: Int
    private let loopbackBytesPerSecond: Double
    private let timerOvershootUs: Overshoot
    private let largestCluster: Largest
    private var map: [HostMapRow]?

    /// `overshoot` in ns.
    init(_ host: HostCapacity, _ overshoot: (median: Int64, max: Int64)) {
        let largest = LargestCluster(host)
        cores = host.cores
        memory = host.memory
        memoryAvailable = host.memoryAvailable.bytes
        memoryLimit = "\(host.memoryAvailable.limit)"
        kernel = host.kernel
        descriptors = host.descriptors
        loopbackBytesPerSecond = host.loopbackBytesPerSecond
        timerOvershootUs = Overshoot(
            median: Double(overshoot.median) / 1e3,
            max: Double(overshoot.max) / 1e3
        )
        largestCluster = Largest(workers: largest.workers, limit: largest.limit)
    }

    func with(_ rows: [HostMapRow]?) -> HostExamination {
        var examination = self
        examination.map = rows
        return examination
    }

    var text: String {
        let tenths = Int((loopbackBytesPerSecond / 1e8).rounded())
        return """
            cores                 \(cores)
            memory                \(memory >> 20) MiB, \(memoryAvailable >> 20) MiB available to \
            \(memoryLimit)
            kernel                \(kernel)
            descriptors           \(descriptors) a process
            loopback              \(tenths / 10).\(tenths % 10) GB/s through this engine's sockets, \
            all cores
            timer overshoot       \(Int(timerOvershootUs.median)) µs median, \
            \(Int(timerOvershootUs.max)) µs worst of 50
            largest cluster       \(largestCluster.workers) NPUs, limited by \(largestCluster.limit)
            """
    }
}
