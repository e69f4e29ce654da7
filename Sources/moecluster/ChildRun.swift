// A run of this program as a child process, for chaos from outside: what an operator, or a kernel
// short of memory, would do to its workers.

import Glibc

/// A `moecluster run` that was started beside this process.
struct ChildRun {
    let processIdentifier: pid_t
    private let startedAt: Double

    /// Monotonic seconds.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Starts this program with other arguments; its messages go to a file.
    ///
    /// - Throws: what the system says.
    init(_ arguments: [String], messages: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 2, messages, flags, 0o644)
        var words = ([Program.ownPath] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, Program.ownPath, &actions, nil, &words, environ)
        guard code == 0 else {
            throw ChaosProblem(what: "\(Program.ownPath): \(String(cString: strerror(code)))")
        }
        processIdentifier = child
        startedAt = Self.seconds
    }

    /// Since it was started.
    var age: Double { Self.seconds - startedAt }

    /// Its exit code, or 128 and the signal; `nil` while it runs.
    func end() -> Int? {
        var status: Int32 = 0
        guard waitpid(processIdentifier, &status, WNOHANG) == processIdentifier else { return nil }
        let signal = Int(status & 0x7F)
        return signal == 0 ? Int((status >> 8) & 0xFF) : 128 + signal
    }

    /// Ends it; what it started follows.
    func kill() {
        Glibc.kill(processIdentifier, SIGKILL)
        var status: Int32 = 0
        waitpid(processIdentifier, &status, 0)
    }

    /// Processes of its workers, in the order in which they were started.
    var workers: [pid_t] {
        let path = "/proc/\(processIdentifier)/task/\(processIdentifier)/children"
        let words = (PlanOptions.text(of: path) ?? "").split(whereSeparator: \.isWhitespace)
        return words.compactMap { pid_t($0) }.filter(Self.isWorker)
    }

    /// Whether a process is a worker that has not ended.
    static func isWorker(_ process: pid_t) -> Bool {
        PlanOptions.text(of: "/proc/\(process)/cmdline")?.contains("--rank") == true
    }
}

/// Something that keeps chaos from being played.
struct ChaosProblem: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
}
