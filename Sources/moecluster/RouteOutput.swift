import Glibc
import TokenData

/// Where `route` writes: its CSV, and lines for people.
enum RouteOutput {
    /// Writes a whole text to a file (created or replaced), or to stdout without a path.
    static func write(_ text: String, to path: String?) throws(TokenDataError) {
        let descriptor = path.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
        let isWritten = descriptor != -1 && writeAll(text, to: descriptor ?? STDOUT_FILENO)
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
    static func say(_ line: String) { _ = writeAll(line + "\n", to: STDERR_FILENO) }

    private static func writeAll(_ text: String, to descriptor: Int32) -> Bool {
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
