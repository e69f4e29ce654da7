// Whole numbers as options, refused with their range.

/// Reads whole numbers of a range.
enum WholeNumber {
    struct OutOfRange: Error, CustomStringConvertible {
        let description: String
    }

    /// As `workload.seed` has it.
    static func seed(_ text: String) throws -> UInt64 {
        UInt64(try within(0...Int.max)(text))
    }

    static func within(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { text in
            guard let number = Int(text), range.contains(number) else {
                throw OutOfRange(
                    description: "expected a whole number from \(range.lowerBound) to "
                        + "\(range.upperBound)"
                )
            }
            return number
        }
    }
}
