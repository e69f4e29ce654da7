import Glibc
import TokenData

/// Where `route` writes: its CSV, and lines for people.
enum RouteOutput {
    /// Writes a whole text to a file (created or replaced), or to stdout without a path.
    static func write(_ text: String, to path: String?) throws(TokenDataError) {
        let descriptor = path.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
        let isWritten =
            descriptor != -1 && StandardStream.write(text, to: descriptor ?? STDOUT_FILENO)
        let reason = errno
        if let descriptor, descriptor >= 0 { close(descriptor) }
        guard isWritten else {
            throw TokenDataError(
                file: path ?? "stdout",
                problem: "cannot be written: \(String(cString: strerror(reason)))"
            )
        }
    }

    /// Writes a line to stderr; nobody can be told when that fails.
    static func say(_ line: String) { StandardStream.tell(line + "\n") }
}
