import Exchange
import Glibc

/// A matrix of bytes in the form nccl-tests reads: square, separated by white space.
enum MatrixFile {
    /// Reads a matrix that must have as many rows and columns as the world has ranks.
    static func read(_ path: String, world: Int) throws(PreflightProblem) -> TrafficMatrix {
        guard let file = fopen(path, "rb") else {
            throw PreflightProblem(description: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            bytes += buffer[..<count]
            guard count == buffer.count, bytes.count < 1 << 28 else { break }
        }
        guard ferror(file) == 0 else {
            throw PreflightProblem(description: "\(path): \(String(cString: strerror(errno)))")
        }
        do throws(MatrixTextProblem) {
            let text = String(decoding: bytes, as: UTF8.self)
            return try TrafficMatrix(text: text, file: path, world: world)
        } catch {
            throw PreflightProblem(description: error.description)
        }
    }
}

/// A size on the command line: a number, with KiB, MiB, GiB, KB, MB or GB behind it or nothing.
struct PairBytes {
    let value: Int

    init?(_ text: String) {
        let digits = text.prefix { $0.isNumber }
        let units = [
            "": 1, "B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000,
            "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
        ]
        let unit = text.dropFirst(digits.count).filter { $0 != " " }
        guard let number = Int(digits), let factor = units[String(unit)],
            number <= (1 << 40) / factor
        else { return nil }
        value = number * factor
    }
}
