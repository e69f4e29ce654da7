import Glibc
import Standing

/// Reads one line from a pipe, as much as there is at each look.
struct PipeReader {
    private let descriptor: Int32
    private var reader = LineReader(limit: StandingReply.bytesMax)
    /// Nobody writes to it any more.
    private(set) var hasEnded = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// The line, once it is whole.
    ///
    /// - Throws: if it is longer than anybody has to say.
    mutating func line() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !hasEnded {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                hasEnded = count == 0
                return nil
            }
            switch reader.take(buffer[..<count]) {
            case .incomplete: continue
            case .line(let line): return line
            case .tooLong:
                throw PreflightProblem(description: "a line of more than a coordinator has to say")
            }
        }
        return nil
    }
}
