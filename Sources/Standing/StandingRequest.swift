// What people ask of a standing cluster, a line of text each: "moecluster/1 status". Plain words
// rather than JSON, so that whoever reads a stranger's bytes is a few lines of code.

/// One request.
public enum StandingRequest: Sendable, Equatable {
    case status
    /// A fault as `--fault` takes it; without a moment it comes with the next step.
    case fault(String)
    /// The strike with this number ends with the next step.
    case heal(Int)
    /// The cluster ends after the step under way, or at once.
    case down(now: Bool)

    /// The most bytes of a line.
    public static let lineMax = 4096
    private static let greeting = "moecluster/1"

    /// The line, with its end.
    public var line: String {
        let words =
            switch self {
            case .status: "status"
            case .fault(let text): "fault \(text)"
            case .heal(let id): "heal \(id)"
            case .down(now: false): "down"
            case .down(now: true): "down now"
            }
        return "\(Self.greeting) \(words)\n"
    }

    /// From a line without its end.
    ///
    /// - Throws: `StandingRefusal`: what was seen, and what was expected.
    public init(line: [UInt8]) throws(StandingRefusal) {
        let text = String(decoding: line, as: UTF8.self)
        guard Array(text.utf8) == line, text.unicodeScalars.allSatisfy(\.isPrintable) else {
            throw StandingRefusal("\(line.count) bytes that are no line of text")
        }
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2, words[0] == Self.greeting else {
            throw StandingRefusal("\"\(text.prefix(40))\", expected \(Self.greeting) and a request")
        }
        switch (words[1], words.count > 2 ? words[2] : nil) {
        case ("status", nil): self = .status
        case ("down", nil): self = .down(now: false)
        case ("down", "now"): self = .down(now: true)
        case ("fault", let fault?): self = .fault(fault)
        case ("heal", let id?):
            guard let id = Int(id), id >= 0 else {
                throw StandingRefusal("\"\(id.prefix(40))\", expected the number of a fault")
            }
            self = .heal(id)
        default:
            throw StandingRefusal(
                "\"\(text.dropFirst(Self.greeting.count + 1).prefix(40))\", expected status, fault "
                    + "and its keys, heal and a number, down, or down now"
            )
        }
    }
}

/// Why a request is not granted.
public struct StandingRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool { value >= 0x20 && value != 0x7F }
}
