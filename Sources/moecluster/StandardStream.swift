// Standard output and error by system calls, so that what could not be written is known.

import Glibc
import ResultFiles

/// Where results and messages go.
enum StandardStream {
    /// A reader that goes away is an error of the write, not the end of the process.
    static func keepBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Writes results to stdout, whole.
    ///
    /// If whoever reads them has gone, that is the end of this process, without a word, as of other
    /// programs at the front of a pipe.
    static func output(_ text: String) throws(FileProblem) {
        guard !write(text, to: STDOUT_FILENO) else { return }
        if errno == EPIPE { endByBrokenPipe() }
        throw FileProblem(
            path: "stdout",
            seen: String(cString: strerror(errno)),
            expected: "an open stdout with room for \(text.utf8.count) bytes of results",
            advice: "send stdout to a file with room"
        )
    }

    /// Ends this process as a broken pipe ends others.
    private static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        // Only where somebody has blocked the signal.
        exit(128 + SIGPIPE)
    }

    /// Writes to stderr; nobody can be told when that fails.
    static func tell(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// Writes all of a text; false if that fails, with the reason in `errno`.
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }
}
