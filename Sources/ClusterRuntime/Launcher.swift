// How workers come to life. Here as children on this host; under a batch system later, the same
// worker with the same three things: an address, a rank and the secret.

import ClusterModel
import EventLoop
import Wire

/// Starts workers.
protocol Launcher {
    /// Starts the worker of a rank; `onExit` is called once when its process has ended.
    ///
    /// With a code in `crashing` it exits with that at once: a fault of the plan.
    func launch(
        _ rank: Rank,
        coordinator: SocketAddress,
        secret: RunSecret,
        crashing: Int?,
        onExit: @escaping (ProcessEnd) -> Void
    ) throws(LoopError) -> ChildProcess
}

/// Starts workers as children of this process.
struct LocalLauncher: Launcher {
    let loop: Loop
    /// The worker's program.
    let path: String
    /// Where workers' own messages go.
    let logDescriptor: Int32
    /// Memory of shared ports, handed down to each worker.
    let sharedMemory: Int32?
    /// All workers stay in this process's session, each in a process group of its own.
    ///
    /// Where the kernel shares cores out among sessions (CONFIG_SCHED_AUTOGROUP), a worker alone in
    /// its session gives way to nobody when it yields, and each switch is one between sessions.
    let sharesSession: Bool
    /// Set for each worker, beside what it inherits.
    ///
    /// OpenBLAS starts a thread a core as it is loaded, and each turns idly for its first 30 ms:
    /// workers, which have products on one thread, need none of them. What experts compute beside
    /// the loop comes one by one.
    ///
    /// A worker that crashes does so at once: the runtime's handler would write a trace first, and
    /// would let a signal pass that somebody else has sent.
    private static let environment = [
        "OPENBLAS_NUM_THREADS=1", "UV_THREADPOOL_SIZE=1", "SWIFT_BACKTRACE=enable=no",
    ]

    func launch(
        _ rank: Rank,
        coordinator: SocketAddress,
        secret: RunSecret,
        crashing: Int?,
        onExit: @escaping (ProcessEnd) -> Void
    ) throws(LoopError) -> ChildProcess {
        try ChildProcess(
            on: loop,
            path: path,
            arguments: [
                "--rank", "\(rank)", "--coordinator", "\(coordinator)",
                "--parent", "\(ThisProcess.identifier)",
            ] + (sharesSession ? ["--group", "own"] : [])
                + (sharedMemory == nil ? [] : ["--shared-memory", "3"])
                + (crashing.map { ["--crash", "\($0)"] } ?? []),
            environment: Self.environment,
            input: secret.bytes,
            outputDescriptor: logDescriptor,
            errorDescriptor: logDescriptor,
            handedDown: sharedMemory,
            hasOwnSession: !sharesSession,
            onExit: onExit
        )
    }
}
