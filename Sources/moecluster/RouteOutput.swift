import Glibc
import TokenData

/// Where `route` writes: its CSV, and lines for people.
enum RouteOutput {
    /// Writes a whole text to a file (created or replaced), or to stdout without a path.
    static func write(_ text: String, to path: String?) throws {
        guard let path else { return try StandardStream.output(text) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        let isWritten = descriptor >= 0 && StandardStream.write(text, to: descriptor)
        let reason = errno
        if descriptor >= 0 { close(descriptor) }
        guard isWritten else {
            throw TokenDataError(
                file: path,
                problem: "cannot be written: \(String(cString: strerror(reason)))"
            )
        }
    }

    /// Writes a line to stderr; nobody can be told when that fails.
    static func say(_ line: String) { StandardStream.tell(line + "\n") }
}
