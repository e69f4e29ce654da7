import EventLoop

/// Processor time of other processes, from /proc.
enum ProcessorTime {
    /// Of all workers together, ns since they began.
    static func nanoseconds(of workers: [WorkerHandle]) -> Int64 {
        workers.reduce(0) { sum, worker in
            sum + (worker.process.map { nanoseconds(of: $0.processIdentifier) } ?? 0)
        }
    }

    /// Of the one thread a worker has.
    private static func nanoseconds(of process: Int32) -> Int64 {
        let words = HostFile.text("/proc/\(process)/schedstat").split(separator: " ")
        return words.first.flatMap { Int64($0) } ?? 0
    }
}
