/// A file of tokens that cannot be used.
public struct TokenDataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As the process opened it.
    public var file: String
    /// What was seen, what was expected, what to try: a sentence about the file.
    public var problem: String

    public init(file: String, problem: String) {
        self.file = file
        self.problem = problem
    }

    public var description: String { "\(file) \(problem)" }
}

extension Int {
    /// In groups of three: 12,583,040.
    var grouped: String {
        let digits = String(magnitude)
        var text = self < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

/// "[512, 384]", as NumPy users write shapes.
func text(ofShape shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
}
