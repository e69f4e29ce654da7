// Whole text files through system calls, so that an error keeps its reason.

import Glibc

/// Reading and writing of text files.
enum TextFile {
    /// The file's text; invalid UTF-8 is repaired.
    static func read(_ path: String) throws(FileProblem) -> String {
        let expected = "a readable file"
        let descriptor = try open(path, O_RDONLY, expected)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw FileProblem(errno: errno, path: path, expected: expected)
            }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Whether anything is at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Replaces a file in one move: whoever reads sees the old text or the new, never a part.
    static func replace(_ path: String, with text: String) throws(FileProblem) {
        let temporary = path + ".tmp"
        do throws(FileProblem) {
            try write(text, to: temporary, O_WRONLY | O_CREAT | O_TRUNC)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let problem = FileProblem(errno: errno, path: path, expected: "a replaceable file")
            unlink(temporary)
            throw problem
        }
    }

    /// Adds `text` at the end of a file and hands it to the kernel before it returns: all of it,
    /// or nothing.
    static func append(_ text: String, to path: String) throws(FileProblem) {
        var before = stat()
        let size = stat(path, &before) == 0 ? before.st_size : 0
        do throws(FileProblem) {
            try write(text, to: path, O_WRONLY | O_CREAT | O_APPEND)
        } catch {
            // A disk that fills up takes the first half of a line.
            truncate(path, size)
            throw error
        }
    }

    private static func write(
        _ text: String,
        to path: String,
        _ flags: Int32
    ) throws(FileProblem) {
        let expected = "a writable file with room for \(text.utf8.count) bytes"
        let descriptor = try open(path, flags, expected)
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw FileProblem(errno: errno, path: path, expected: expected)
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func open(
        _ path: String,
        _ flags: Int32,
        _ expected: String
    ) throws(FileProblem) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FileProblem(errno: errno, path: path, expected: expected)
        }
        return descriptor
    }
}
