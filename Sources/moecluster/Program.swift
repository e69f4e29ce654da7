import ArgumentParser
import Glibc

/// What this program is and where its parts lie.
enum Program {
    static let version = "moecluster 0.2.0"

    /// Where this program lies.
    static var ownPath: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The worker's program, beside this one.
    static var workerPath: String {
        let own = ownPath
        let folder = own[..<(own.lastIndex(of: "/") ?? own.startIndex)]
        return folder + "/moecluster-worker"
    }

    /// ISO 8601 in UTC, as of now.
    static var timestamp: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Exit codes of the contract.
enum Exit {
    static let failed = ExitCode(1)
    static let untrusted = ExitCode(2)
    static let usage = ExitCode(64)
    static let configuration = ExitCode(78)
    static let interrupted = ExitCode(130)
}
