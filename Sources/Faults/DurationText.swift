// Lengths of emulated time as text. Configuration's units do the same for its own keys; it lies
// above this target, and a trigger has to be read without it.

import ClusterModel

/// Reads and writes `5 ms`.
enum DurationText {
    private static let units: [(name: String, scale: Double)] = [
        ("ps", 1), ("ns", 1e3), ("us", 1e6), ("\u{B5}s", 1e6), ("\u{3BC}s", 1e6), ("ms", 1e9),
        ("s", 1e12),
    ]

    static let names = "ps, ns, us, ms, s"

    /// `nil` for what is no time, is negative or is longer than an hour.
    static func interval(_ text: String) -> Interval? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(String(digits)),
            let scale = units.first(where: { $0.name == unit })?.scale,
            number * scale <= 3600e12
        else { return nil }
        return Interval(picoseconds: Int64((number * scale).rounded()))
    }

    static func text(_ interval: Interval) -> String {
        String(TOMLText.latency(interval).dropFirst().dropLast())
    }
}
