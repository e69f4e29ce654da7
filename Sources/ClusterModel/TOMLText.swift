// Values as they stand in TOML: quantities with the unit a person would choose, written so that
// reading them back gives the same value to the last bit.

/// Writes values as TOML.
public enum TOMLText {
    /// `"text"`, with what TOML does not allow in it escaped.
    public static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case "\u{0}"..."\u{1F}", "\u{7F}": quoted += escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// `["switch", "hash"]`.
    public static func list(_ texts: [String]) -> String {
        "[" + texts.map(string).joined(separator: ", ") + "]"
    }

    /// `0.4`, `1.1`: the shortest text that reads back as `value`.
    public static func number(_ value: Double) -> String { "\(value)" }

    /// `"28 GB/s"`, in the largest decimal unit that leaves a number of 1 or more.
    public static func rate(_ bandwidth: Bandwidth) -> String {
        quantity(
            Double(bandwidth.bytesPerSecond),
            [("TB/s", 1e12), ("GB/s", 1e9), ("MB/s", 1e6), ("KB/s", 1e3), ("B/s", 1)]
        )
    }

    /// `"3 us"`.
    public static func latency(_ interval: Interval) -> String {
        // Zero has no largest unit that leaves a number of 1 or more.
        interval == .zero
            ? "\"0 us\""
            : quantity(
                Double(interval.picoseconds),
                [("s", 1e12), ("ms", 1e9), ("us", 1e6), ("ns", 1e3), ("ps", 1)]
            )
    }

    /// `"313 TFLOPS"`.
    public static func compute(_ flops: Double) -> String {
        quantity(flops, [("PFLOPS", 1e15), ("TFLOPS", 1e12), ("GFLOPS", 1e9), ("FLOPS", 1)])
    }

    /// `"64 KiB"`, in the largest binary unit that divides it.
    public static func size(_ count: ByteCount) -> String {
        for (name, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where count.value > 0 && count.value.isMultiple(of: scale) {
            return "\"\(count.value / scale) \(name)\""
        }
        return "\"\(count.value) B\""
    }

    static func dilation(_ choice: DilationChoice) -> String {
        switch choice {
        case .auto: "\"auto\""
        case .fixed(let value): number(value)
        }
    }

    private static func quantity(_ value: Double, _ units: [(name: String, scale: Double)])
        -> String
    {
        let fitting = units.first { value >= $0.scale } ?? units[units.count - 1]
        // The first unit that reads back exactly: division may round, multiplying must undo it.
        let unit =
            units.drop { $0.name != fitting.name }.first { value / $0.scale * $0.scale == value }
            ?? units[units.count - 1]
        return "\"\(short(value / unit.scale)) \(unit.name)\""
    }

    /// `28` for 28.0, `12.5` for 12.5.
    private static func short(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    }
}
