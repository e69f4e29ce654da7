// The helper of a coordinator that a fault stops.

import Glibc

/// Lets another process go on some time after it has stopped.
enum Waker {
    /// Looks every millisecond, so often at most.
    private static let looksMax = 10_000

    /// Waits for `process` to stop, for so many nanoseconds more, and sends SIGCONT.
    ///
    /// - Returns: whether it had stopped within 10 s.
    static func wake(_ process: Int32, after nanoseconds: Int64) -> Bool {
        guard (0..<looksMax).contains(where: { _ in isStopped(process) || wait() }) else {
            return false
        }
        var length = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        var rest = timespec()
        while nanosleep(&length, &rest) != 0, errno == EINTR { length = rest }
        return kill(process, SIGCONT) == 0
    }

    /// Lets a millisecond pass; never true.
    private static func wait() -> Bool {
        usleep(1000)
        return false
    }

    /// Whether proc(5) calls its state T.
    private static func isStopped(_ process: Int32) -> Bool {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        // The name in parentheses may hold anything, parentheses too.
        let text = bytes.prefix(max(0, count))
        guard let name = text.lastIndex(of: UInt8(ascii: ")")), name + 2 < text.endIndex else {
            return false
        }
        return text[name + 2] == UInt8(ascii: "T")
    }
}
