// Folders: made with their parents, named by the time.

import Glibc

/// Making and naming of folders.
enum Folder {
    /// Makes `path` and what is missing above it.
    static func makeWithParents(_ path: String) throws(FileProblem) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            partial += (partial.isEmpty || partial == "/" ? "" : "/") + component
            guard mkdir(partial, 0o755) != 0, !exists(partial) else { continue }
            throw FileProblem(errno: errno, path: partial, expected: "a folder, or room for one")
        }
        guard exists(path) else {
            throw FileProblem(errno: ENOTDIR, path: path, expected: "a folder")
        }
    }

    /// Makes a folder that did not exist; `false` if something of that name is there.
    static func makeNew(_ path: String) throws(FileProblem) -> Bool {
        if mkdir(path, 0o755) == 0 { return true }
        guard errno == EEXIST else {
            throw FileProblem(errno: errno, path: path, expected: "room for a new folder")
        }
        return false
    }

    /// Whether a folder, not a file, is at `path`.
    static func exists(_ path: String) -> Bool {
        let saved = errno
        defer { errno = saved }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A time as part of a folder's name, in UTC: "2026-03-01T14-05-09Z".
    static func stamp(secondsSince1970: Int) -> String {
        var time = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        let clock = [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
        return date.map(twoDigits).joined(separator: "-") + "T"
            + clock.map(twoDigits).joined(separator: "-") + "Z"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// A name that is one path component: everything but letters, digits, `.`, `_`, `+` and `-`
    /// becomes `-`.
    static func safeName(_ name: String) -> String {
        let allowed = name.unicodeScalars.map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "+", "-": Character(scalar)
            default: Character("-")
            }
        }
        return allowed.isEmpty ? "run" : String(allowed)
    }
}
