// Where a standing cluster is asked: a socket file in a folder of its own that only its user may
// enter, in the run's folder.

import Glibc
import ResultFiles

/// The socket's place in a run's folder.
struct StandingPlace {
    /// The run's folder.
    let folder: String

    private var path: String { "\(folder)/standing" }
    private var socket: String { "\(path)/socket" }

    /// Makes the folder and gives a path of its socket that is short enough for one, however long
    /// the folder's own path is; it holds as long as this process lives.
    func make() throws(FileProblem) -> String {
        guard mkdir(path, 0o700) == 0 else {
            throw FileProblem(errno: errno, path: path, expected: "room for a new folder")
        }
        guard let short = shortPath() else {
            throw FileProblem(errno: errno, path: path, expected: "a folder that can be opened")
        }
        return short.path
    }

    /// By a descriptor of the folder: a socket's path may have 107 bytes.
    private func shortPath() -> (path: String, descriptor: Int32)? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return descriptor < 0 ? nil : ("/proc/self/fd/\(descriptor)/socket", descriptor)
    }

    /// A connection to whoever answers there; `nil` if nobody does, with the reason in `errno`.
    func connect() -> Int32? {
        guard let short = shortPath() else { return nil }
        defer { close(short.descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.path.utf8) }
        let connection = Glibc.socket(
            AF_UNIX,
            Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard connection >= 0 else { return nil }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, length)
            }
        }
        guard result != 0 else { return connection }
        let reason = errno
        close(connection)
        errno = reason
        return nil
    }

    /// Whether the folder is that of a cluster that stands or once stood.
    var isThere: Bool { access(path, F_OK) == 0 }

    /// Whether a coordinator holds the run's folder.
    var isHeld: Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Removes what a killed coordinator has left; whether there was anything.
    func clean() -> Bool { unlink(socket) == 0 }

    /// Waits until no coordinator holds the folder, so many seconds at most; whether none does.
    func waitUntilFree(within seconds: Double) -> Bool {
        let end = ChildRun.seconds + seconds
        while isHeld {
            guard ChildRun.seconds < end else { return false }
            usleep(20_000)
        }
        return true
    }

    /// Folders of clusters that stayed below `parent`, the newest first.
    static func all(in parent: String) -> [StandingPlace] {
        FolderNames.of(parent).filter { !$0.hasPrefix(".") }.sorted(by: >).map {
            StandingPlace(folder: "\(parent)/\($0)")
        }
        .filter(\.isThere)
    }
}
