// The worker's command line: `--rank R --coordinator HOST:PORT --parent PID`, the secret on
// standard input, `--shared-memory FD` where ranks share ports, `--group own` where they share a
// session, and `--crash CODE` for one that is to exit at once; or `--probe MILLISECONDS`, which
// measures this host's sockets, or `--wake PID --after NANOSECONDS`, which lets a stopped
// coordinator go on.

import ClusterModel
import EventLoop
import Glibc
import Wire

/// Parses, builds and runs a worker.
public enum WorkerProgram {
    public static func run(_ arguments: [String]) -> Never {
        let options = Options(arguments)
        if options.formsGroup { ThisProcess.formGroup() }
        if let parent = options.parent, !ThisProcess.dieWithParent(parent) {
            exit(1)
        }
        if let process = options.wake {
            exit(Waker.wake(process, after: options.after) ? 0 : 1)
        }
        if let code = options.crash { exit(code) }
        if let milliseconds = options.probe {
            probe(milliseconds)
        }
        guard let rank = options.rank, let coordinator = options.coordinator else {
            complain(
                "expected --rank R --coordinator HOST:PORT, and the run's secret on standard "
                    + "input; moecluster starts its workers itself"
            )
            exit(64)
        }
        guard let secret = RunSecret(bytes: standardInput(RunSecret.size)) else {
            complain("worker \(rank): expected a secret of \(RunSecret.size) bytes on its input")
            exit(64)
        }
        ThisProcess.setTimerSlack(nanoseconds: 1)
        ThisProcess.takeShortTurns()
        _ = DescriptorLimit.raise()
        serve(Rank(rank), coordinator, secret, options.sharedMemory)
    }

    private static func serve(
        _ rank: Rank,
        _ coordinator: SocketAddress,
        _ secret: RunSecret,
        _ sharedMemory: Int32?
    ) -> Never {
        let failure: String?
        do {
            let worker = try Worker(rank: rank, secret: secret, sharedMemory: sharedMemory)
            failure = worker.run(coordinator: coordinator)
        } catch {
            failure = "\(error)"
        }
        guard let failure else { exit(0) }
        complain("worker \(rank): \(failure)")
        exit(1)
    }

    private static func probe(_ milliseconds: Int) -> Never {
        do {
            let rate = try SocketProbe.bytesPerSecond(milliseconds: milliseconds)
            print(Int(rate))
            exit(0)
        } catch {
            complain("probe: \(error)")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Reads up to `count` bytes; fewer if the input ends.
    private static func standardInput(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while bytes.count < count {
            let got = read(STDIN_FILENO, &buffer, count - bytes.count)
            guard got > 0 else { break }
            bytes += buffer[..<got]
        }
        return bytes
    }
}

/// What stands on a worker's command line.
private struct Options {
    var rank: Int?
    var coordinator: SocketAddress?
    var parent: Int32?
    var probe: Int?
    /// A descriptor of the memory of shared ports.
    var sharedMemory: Int32?
    /// A process to let go on, and nanoseconds to wait before.
    var wake: Int32?
    var after: Int64 = 0
    /// To exit with at once: a fault of the plan.
    var crash: Int32?
    /// It shares its parent's session.
    var formsGroup = false

    init(_ arguments: [String]) {
        for (name, value) in zip(arguments, arguments.dropFirst()) {
            switch name {
            case "--rank": rank = Int(value)
            case "--coordinator": coordinator = SocketAddress(value)
            case "--parent": parent = Int32(value)
            case "--probe": probe = Int(value)
            case "--wake": wake = Int32(value)
            case "--after": after = Int64(value) ?? 0
            case "--crash": crash = Int32(value)
            case "--group": formsGroup = value == "own"
            case "--shared-memory": sharedMemory = Int32(value)
            default: break
            }
        }
    }
}
