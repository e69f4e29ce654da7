// Quantities: a number and its unit in one string, "28 GB/s". A number alone is refused, because
// the reader of a bare 28 would have to guess, and half of them would guess wrong.

import ClusterModel

extension ValueReader where Value == Bandwidth {
    static func rate(_ low: String, to high: String, like example: String) -> Self {
        quantity(.rate, low, high, example) { Bandwidth(bytesPerSecond: Int64($0.rounded())) }
    }
}

extension ValueReader where Value == Interval {
    static func latency(_ low: String, to high: String, like example: String) -> Self {
        quantity(.latency, low, high, example) { Interval(picoseconds: Int64($0.rounded())) }
    }
}

extension ValueReader where Value == ByteCount {
    static func size(_ low: String, to high: String, like example: String) -> Self {
        quantity(.size, low, high, example) { ByteCount(Int($0.rounded())) }
    }
}

extension ValueReader where Value == Double {
    static func compute(_ low: String, to high: String, like example: String) -> Self {
        quantity(.compute, low, high, example) { $0 }
    }
}

extension ValueReader {
    fileprivate static func quantity(
        _ units: UnitTable,
        _ low: String,
        _ high: String,
        _ example: String,
        make: @escaping @Sendable (Double) -> Value
    ) -> Self {
        let range = bound(low, units)...bound(high, units)
        let expected = "a \(units.noun) with its unit from \(low) to \(high), like \"\(example)\""
        return Self(expected: expected) { (seen) throws(Refusal) in
            let value = try readQuantity(seen, units)
            guard range.contains(value) else { throw .outOfRange(seen) }
            return make(value)
        }
    }
}

/// A bound of the key table, which is right or a mistake of ours.
private func bound(_ text: String, _ units: UnitTable) -> Double {
    guard let value = try? readQuantity(.string(text), units) else {
        fatalError("the key table says \(text), which is no \(units.noun)")
    }
    return value
}

/// The value of `28 GB/s` in the base unit of `units`.
private func readQuantity(_ seen: SeenValue, _ units: UnitTable) throws(Refusal) -> Double {
    let text: String
    switch seen {
    case .string(let string): text = string
    case .integer, .float: throw Refusal(seen: "\(seen.shown) has no unit (\(units.names))")
    case .boolean, .array, .table, .date: throw .wrongType(seen)
    }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(String(digits)) else {
        throw Refusal(seen: "\(seen.shown) does not begin with a number")
    }
    guard !unit.isEmpty else {
        throw Refusal(seen: "\(seen.shown) has no unit (\(units.names))")
    }
    guard let scale = units.scale(of: String(unit)) else {
        throw Refusal(
            seen: "\(TOMLText.string(String(unit))) is no unit (\(units.names))",
            suggestion: units.suggestion(for: String(unit))
        )
    }
    return number * scale
}
