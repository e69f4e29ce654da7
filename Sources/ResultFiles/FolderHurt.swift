// A run's folder that takes nothing any more, as a fault of the plan has it: by the kernel's own
// refusals, for the length of one call, so that nothing else in the process and nobody outside is
// hurt.

import Glibc

/// What a folder refuses.
public enum FolderHurt: Sendable, Equatable {
    /// More bytes: no file may grow or be filled (RLIMIT_FSIZE, `EFBIG`).
    case full
    /// Any change: its files and the folder are read-only (`EACCES`), for root as well.
    case readOnly

    /// Does something with the folder at `path` while it is hurt.
    public func during<R>(_ path: String, _ body: () throws -> R) rethrows -> R {
        switch self {
        case .full: try withoutRoom(body)
        case .readOnly: try readOnly(path, body)
        }
    }

    private func withoutRoom<R>(_ body: () throws -> R) rethrows -> R {
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return try body() }
        // The signal would end the process; ignored, the write itself is refused.
        let handler = signal(SIGXFSZ, SIG_IGN)
        var none = limit
        none.rlim_cur = 0
        setrlimit(resource, &none)
        defer {
            setrlimit(resource, &limit)
            signal(SIGXFSZ, handler)
        }
        return try body()
    }

    private func readOnly<R>(_ path: String, _ body: () throws -> R) rethrows -> R {
        let paths = RunFile.allCases.map { "\(path)/\($0.rawValue)" } + [path]
        let modes = paths.map(Self.mode)
        for (path, mode) in zip(paths, modes) { if let mode { chmod(path, mode & ~0o222) } }
        // Root may write whatever the modes say, as long as it acts as root.
        let isRoot = geteuid() == 0 && seteuid(Self.nobody) == 0
        defer {
            if isRoot { seteuid(0) }
            for (path, mode) in zip(paths, modes) { if let mode { chmod(path, mode) } }
        }
        return try body()
    }

    private static let nobody: uid_t = 65534

    private static func mode(of path: String) -> mode_t? {
        var seen = stat()
        return stat(path, &seen) == 0 ? seen.st_mode & 0o7777 : nil
    }
}
