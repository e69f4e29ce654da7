import Glibc

/// Bytes as files: whoever reads sees the old bytes or the new, never a part.
public enum WholeFile {
    /// Creates the folder where it is missing, not those above it.
    public static func write(_ bytes: [UInt8], to path: String) throws(TokenDataError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !folder.isEmpty, mkdir(folder, 0o755) != 0, errno != EEXIST {
            throw problem(folder, "cannot be made")
        }
        let part = path + ".part"
        guard let file = fopen(part, "wb") else { throw problem(part, "cannot be made") }
        let count = fwrite(bytes, 1, bytes.count, file)
        let isClosed = fclose(file) == 0
        guard count == bytes.count, isClosed, rename(part, path) == 0 else {
            let failure = problem(path, "cannot be written")
            unlink(part)
            throw failure
        }
    }

    public static func read(_ path: String) throws(TokenDataError) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            throw problem(path, "cannot be opened")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard ferror(file) == 0 else { throw problem(path, "cannot be read") }
        return bytes
    }

    private static func problem(_ path: String, _ what: String) -> TokenDataError {
        TokenDataError(file: path, problem: "\(what): \(String(cString: strerror(errno)))")
    }
}
