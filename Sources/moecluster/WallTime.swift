import ArgumentParser

/// A length of wall-clock time as an option: "500ms", "90 s", "5min", "1h".
struct WallTime: ExpressibleByArgument {
    let nanoseconds: Int64

    var seconds: Double { Double(nanoseconds) / 1e9 }

    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3600e9),
    ]
    /// A week.
    private static let secondsMax = 7 * 86_400.0

    init(seconds: Double) { nanoseconds = Int64(seconds * 1e9) }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = argument.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(String(digits)),
            let scale = Self.units.first(where: { $0.name == unit })?.nanoseconds,
            number * scale <= Self.secondsMax * 1e9
        else { return nil }
        nanoseconds = Int64((number * scale).rounded())
    }

    var defaultValueDescription: String {
        let unit = Self.units.last { Double(nanoseconds) >= $0.nanoseconds } ?? Self.units[0]
        return "\(Int(Double(nanoseconds) / unit.nanoseconds))\(unit.name)"
    }
}
