/// Puts the bytes of a connection together to one line of a bounded length; what comes after it
/// is nobody's business.
public struct LineReader: Sendable {
    /// What the bytes so far are.
    public enum Progress: Sendable, Equatable {
        case incomplete
        /// Without its end.
        case line([UInt8])
        case tooLong
    }

    private var bytes: [UInt8] = []
    private let limit: Int

    /// `limit`: the most bytes of a line, its end not counted.
    public init(limit: Int) { self.limit = limit }

    public mutating func take(_ more: some Collection<UInt8>) -> Progress {
        let end = more.firstIndex(of: UInt8(ascii: "\n"))
        let part = end.map { more[..<$0] } ?? more[...]
        guard part.count <= limit - bytes.count else { return .tooLong }
        bytes += part
        return end == nil ? .incomplete : .line(bytes)
    }
}
