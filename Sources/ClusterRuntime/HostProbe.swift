// What this host can carry, found before a run: one probing process a core, all at once, so that
// what else the machine is doing counts, too.

import ClusterModel
import EventLoop
import Glibc

/// A measured host.
public struct HostCapacity: Sendable, Equatable {
    public let cores: Int
    /// Bytes of memory.
    public let memory: Int
    /// What of it may still be taken.
    public let memoryAvailable: HostMemory
    /// Bytes that one process may map (`ulimit -v`), `Int.max` without a limit.
    public let addressSpace: Int
    public let kernel: String
    /// Bytes a second through loopback sockets, all cores together.
    public let loopbackBytesPerSecond: Double
    /// Descriptors this process may have open.
    public let descriptors: Int
}

/// Why the host could not be measured.
public struct HostProbeFailure: Error, CustomStringConvertible {
    public let description: String
}

/// Measures the host.
public enum HostProbe {
    /// The share of the host's socket capacity that a cluster may take.
    ///
    /// On an idle host chunks begin to be late above 35 %; the rest is room for what else the host
    /// does.
    public static let share = 0.2

    /// How much longer than its measurement a probe may take.
    private static let probeBoundMilliseconds = 10_000

    /// What needs no measurement: cores, bytes of memory, the kernel's release.
    public static var facts: (cores: Int, memory: Int, kernel: String) {
        (
            cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memory: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
            kernel: kernelRelease()
        )
    }

    /// Looks at the host; sockets are measured for `milliseconds`.
    public static func measure(workerPath: String, milliseconds: Int = 150) throws -> HostCapacity {
        ThisProcess.openStandardDescriptors()
        let facts = facts
        return HostCapacity(
            cores: facts.cores,
            memory: facts.memory,
            memoryAvailable: HostMemory(),
            addressSpace: AddressSpaceLimit.current,
            kernel: facts.kernel,
            loopbackBytesPerSecond: try sockets(workerPath, facts.cores, milliseconds),
            descriptors: DescriptorLimit.raise()
        )
    }

    /// How late a deadline of this host's kernel is, ns: median and the worst of 50.
    public static func timerOvershoot() throws -> (median: Int64, max: Int64) {
        let loop = try Loop()
        var overshoots: [Int64] = []
        var target: Int64 = 0
        var timer: DeadlineTimer?
        // As a worker has it.
        ThisProcess.setTimerSlack(nanoseconds: 1)
        ThisProcess.takeShortTurns()
        timer = try DeadlineTimer(on: loop) {
            overshoots.append(Loop.hostNanoseconds - target)
            guard overshoots.count < 50 else {
                loop.stop()
                return
            }
            target = Loop.hostNanoseconds + 1_000_000
            timer?.arm(at: target)
        }
        target = Loop.hostNanoseconds + 1_000_000
        timer?.arm(at: target)
        loop.run()
        timer?.close()
        loop.run()
        overshoots.sort()
        return (overshoots[overshoots.count / 2], overshoots[overshoots.count - 1])
    }

    /// Each probing process prints its rate to a file that has no name.
    private static func sockets(_ path: String, _ cores: Int, _ milliseconds: Int) throws -> Double
    {
        let loop = try Loop()
        var running = cores
        var files: [Int32] = []
        var children: [ChildProcess] = []
        for _ in 0..<cores {
            let file = try MemoryFile.open()
            files.append(file)
            children.append(
                try ChildProcess(
                    on: loop,
                    path: path,
                    arguments: [
                        "--probe", "\(milliseconds)", "--parent", "\(ThisProcess.identifier)",
                    ],
                    input: [],
                    outputDescriptor: file,
                    errorDescriptor: STDERR_FILENO
                ) { _ in
                    running -= 1
                    if running == 0 { loop.stop() }
                }
            )
        }
        // Starting and ending take moments beside the measurement.
        let bound = milliseconds + Self.probeBoundMilliseconds
        let watch = try RepeatingTimer(on: loop, everyMilliseconds: bound) { loop.stop() }
        loop.run()
        watch.close()
        for child in children {
            child.kill(SIGKILL)
            child.close()
        }
        loop.run()
        defer { for file in files { Glibc.close(file) } }
        guard running == 0 else {
            throw HostProbeFailure(
                description: "the probe of this host's sockets did not end within \(bound) ms"
            )
        }
        return try files.reduce(0) { try $0 + rate(in: $1) }
    }

    private static func rate(in file: Int32) throws -> Double {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = pread(file, &buffer, buffer.count, 0)
        let text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        guard let rate = Double(text.split(separator: "\n").first ?? ""), rate > 0 else {
            throw HostProbeFailure(description: "the probe of this host's sockets gave no rate")
        }
        return rate
    }

    private static func kernelRelease() -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafePointer(to: &name.release) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
    }
}
