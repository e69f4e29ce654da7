// `up` without --foreground: the same command once more in a session of its own, and its terminal
// back as soon as the cluster stands. What it says until then comes here; Ctrl-C until then ends it.

import ArgumentParser
import Glibc
import Report
import ResultFiles

/// Starts a coordinator that stays.
struct BackgroundStart {
    let output: OutputOptions
    /// Where the new process finds the pipe.
    private static let descriptor: Int32 = 3
    /// Seconds that a coordinator may take to end after Ctrl-C.
    private static let patience = 30.0
    private static let interrupts = [SIGINT, SIGTERM, SIGHUP]

    func run() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failed("pipe", errno) }
        // Whoever waits for the end of a pipe that this process was given would wait for the
        // cluster's end.
        for descriptor in FolderNames.of("/proc/self/fd").compactMap(Int32.init)
        where descriptor > STDERR_FILENO {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in Self.interrupts { sigaddset(&signals, signal) }
        // From here on they are taken by hand: the coordinator must hear of them.
        sigprocmask(SIG_BLOCK, &signals, nil)
        let child = try spawn(report: ends[1])
        close(ends[1])
        try follow(child, ends[0], &signals)
    }

    private func failed(_ what: String, _ code: Int32) -> PreflightProblem {
        PreflightProblem(description: "\(what): \(String(cString: strerror(code)))")
    }

    private func spawn(report: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, report, Self.descriptor)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let own = CommandLine.arguments.dropFirst()
        let arguments =
            [Program.ownPath] + own.prefix(1) + ["--ready-descriptor", "\(Self.descriptor)"]
            + own.dropFirst()
        var words = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, Program.ownPath, &actions, &attributes, &words, environ)
        guard code == 0 else { throw failed(Program.ownPath, code) }
        return child
    }

    /// Waits until the cluster stands or its process ends; how long it learns, probes and launches
    /// is bounded by its own bounds.
    private func follow(_ child: pid_t, _ report: Int32, _ signals: inout sigset_t) throws {
        var reader = PipeReader(report)
        var giveUpAt: Double?
        while true {
            if let line = try reader.line() {
                guard giveUpAt == nil else { throw Exit.interrupted }
                return try tell(line)
            }
            if reader.hasEnded, let code = Self.end(of: child) {
                throw giveUpAt == nil && code < 128 ? ExitCode(code) : Exit.interrupted
            }
            if let end = giveUpAt, ChildRun.seconds > end {
                kill(child, SIGKILL)
                throw Exit.interrupted
            }
            var pause = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            guard sigtimedwait(&signals, nil, &pause) > 0 else { continue }
            kill(child, SIGINT)
            giveUpAt = giveUpAt ?? ChildRun.seconds + Self.patience
        }
    }

    private static func end(of child: pid_t) -> Int32? {
        var status: Int32 = 0
        guard waitpid(child, &status, WNOHANG) == child else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private func tell(_ line: [UInt8]) throws {
        let text = String(decoding: line, as: UTF8.self)
        guard case .success(let status) = JSONText.decode(StandingStatus.self, from: text) else {
            throw PreflightProblem(description: "\"\(text.prefix(80))\", expected a status")
        }
        let console = output.console
        if output.json {
            try console.result(JSONText.encode(status))
        } else {
            try console.result(StandingTable.text(of: status))
        }
        console.info(
            """
            It stays until its end or 'moecluster down'. Try:
              moecluster status \(status.folder)
              moecluster fault \(status.folder) straggler npu=1 factor=3 for="2 steps" --wait
              moecluster down \(status.folder)
            """
        )
    }
}
