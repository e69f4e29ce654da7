// What went wrong with a file, as a value.

import Glibc

/// An operating error of the file system, or a file that is not what it should be.
public struct FileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    /// What was found: "No space left on device", "line 3 is no step record".
    public let seen: String
    /// What should have been there.
    public let expected: String
    /// What to try.
    public let advice: String
    /// The error of the call that was refused: `ENOSPC`; empty if none was.
    public let errorName: String

    public init(
        path: String,
        seen: String,
        expected: String,
        advice: String,
        errorName: String = ""
    ) {
        self.errorName = errorName
        self.path = path
        self.seen = seen
        self.expected = expected
        self.advice = advice
    }

    /// The last call's `errno`, at a path.
    public init(errno code: Int32, path: String, expected: String) {
        self.init(
            path: path,
            seen: String(cString: strerror(code)),
            expected: expected,
            advice: FileProblem.advice(for: code),
            errorName: FileProblem.name(of: code)
        )
    }

    private static func name(of code: Int32) -> String {
        switch code {
        case EFBIG: "EFBIG"
        case ENOSPC: "ENOSPC"
        case EDQUOT: "EDQUOT"
        case EACCES: "EACCES"
        case EPERM: "EPERM"
        case EROFS: "EROFS"
        default: "errno \(code)"
        }
    }

    public var description: String {
        "\(path): \(seen); expected \(expected); \(advice)"
    }

    private static func advice(for code: Int32) -> String {
        switch code {
        case ENOENT: "check the path, or run moecluster first"
        case EACCES, EPERM, EROFS: "see to it that you may use it, or choose another folder"
        case ENOTDIR, EEXIST: "move the file that is in the way, or choose another folder"
        case EFBIG: "raise the limit of files (ulimit -f)"
        case ENOSPC, EDQUOT: "free some space, or choose another disk"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        default: "choose another folder"
        }
    }
}
