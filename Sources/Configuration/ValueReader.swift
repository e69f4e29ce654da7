// How a TOML value becomes a value of the plan, and what to tell the user when it does not.

/// Why a value was refused.
struct Refusal: Error {
    /// `0 is out of range`.
    var seen: String
    var suggestion: String? = nil
}

/// Reads values of one sort and knows what they may be.
struct ValueReader<Value: Sendable>: Sendable {
    /// "a whole number from 1 to 8": completes "expected …".
    var expected: String
    var read: @Sendable (SeenValue) throws(Refusal) -> Value
}

extension ValueReader where Value == Int {
    static func whole(_ range: ClosedRange<Int>) -> Self {
        Self(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            (seen) throws(Refusal) in
            guard case .integer(let value) = seen else { throw .wrongType(seen) }
            guard range.contains(value) else { throw .outOfRange(seen) }
            return value
        }
    }

    /// A key whose other values this version cannot serve: said plainly, never ignored.
    static func only(_ single: Int, because reason: String) -> Self {
        Self(expected: "\(single): \(reason)") { (seen) throws(Refusal) in
            guard case .integer(let value) = seen else { throw .wrongType(seen) }
            guard value == single else { throw Refusal(seen: "\(value) is not supported") }
            return value
        }
    }
}

extension ValueReader where Value == UInt64 {
    static var seed: Self {
        let whole = ValueReader<Int>.whole(0...Int.max)
        return Self(expected: whole.expected) { (seen) throws(Refusal) in
            UInt64(try whole.read(seen))
        }
    }
}

extension ValueReader where Value == Int? {
    /// A whole number, or "auto", which is `nil`.
    static func wholeOrAuto(_ range: ClosedRange<Int>) -> Self {
        let whole = ValueReader<Int>.whole(range)
        return Self(expected: "\"auto\" or \(whole.expected)") {
            (seen) throws(Refusal) in
            try seen.isAuto ? nil : whole.read(seen)
        }
    }
}

extension ValueReader where Value == Double {
    static func number(_ range: ClosedRange<Double>) -> Self {
        number("a number from \(short(range.lowerBound)) to \(short(range.upperBound))") {
            range.contains($0)
        }
    }

    static func share() -> Self {
        number("a number above 0, at most 1") { $0 > 0 && $0 <= 1 }
    }

    /// `1` for 1.0.
    private static func short(_ bound: Double) -> String {
        Int(exactly: bound).map { "\($0)" } ?? "\(bound)"
    }

    private static func number(
        _ expected: String,
        accepts: @escaping @Sendable (Double) -> Bool
    ) -> Self {
        Self(expected: expected) { (seen) throws(Refusal) in
            let value: Double
            switch seen {
            case .integer(let whole): value = Double(whole)
            case .float(let number): value = number
            case .string, .boolean, .array, .table, .date: throw .wrongType(seen)
            }
            guard accepts(value) else { throw .outOfRange(seen) }
            return value
        }
    }
}

extension ValueReader where Value == Double? {
    /// A number, or "auto", which is `nil`.
    static func numberOrAuto(_ range: ClosedRange<Double>) -> Self {
        let number = ValueReader<Double>.number(range)
        return Self(expected: "\"auto\" or \(number.expected)") {
            (seen) throws(Refusal) in
            try seen.isAuto ? nil : number.read(seen)
        }
    }
}

extension ValueReader where Value == String? {
    /// Nil where the text is empty.
    static func textOrNone(_ expected: String) -> Self {
        Self(expected: expected) { (seen) throws(Refusal) in
            guard case .string(let text) = seen else { throw .wrongType(seen) }
            return text.isEmpty ? nil : text
        }
    }
}

extension ValueReader where Value == String {
    static func text(_ expected: String) -> Self {
        Self(expected: expected) { (seen) throws(Refusal) in
            guard case .string(let text) = seen else { throw .wrongType(seen) }
            guard !text.isEmpty else { throw Refusal(seen: "\"\" is empty") }
            return text
        }
    }
}

extension ValueReader where Value == String? {
    /// A text; `nil` is the default only and cannot be written.
    static func optionalText(_ expected: String) -> Self {
        let text = ValueReader<String>.text(expected)
        return Self(expected: text.expected) { (seen) throws(Refusal) in try text.read(seen) }
    }
}

extension SeenValue {
    var isAuto: Bool { self == .string("auto") }
}

extension Refusal {
    static func wrongType(_ seen: SeenValue) -> Refusal {
        Refusal(seen: "\(seen.shown) is \(seen.kind)")
    }

    static func outOfRange(_ seen: SeenValue) -> Refusal {
        Refusal(seen: "\(seen.shown) is out of range")
    }
}
