// Standard output and error by system calls, so that what could not be written is known.

import Glibc
import ResultFiles

/// Where results and messages go.
enum StandardStream {
    /// A reader that goes away is an error of the write, not the end of the process.
    static func keepBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Writes results to stdout, whole.
    static func output(_ text: String) throws(FileProblem) {
        guard !write(text, to: STDOUT_FILENO) else { return }
        throw FileProblem(
            path: "stdout",
            seen: String(cString: strerror(errno)),
            expected: "a reader or room for \(text.utf8.count) bytes of results",
            advice: "send stdout to a file with room, or read it to its end"
        )
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
