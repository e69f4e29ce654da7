// Units and what they are worth. A decimal prefix is a power of 1000, a binary one (KiB) of 1024;
// a bit is an eighth of a byte. The case of B and b is never guessed: 100 Gbit/s is not 100 GB/s.

/// The units of one sort of quantity, each with its worth in the base unit.
struct UnitTable: Sendable {
    /// "rate": completes "a … with its unit".
    var noun: String
    var units: [(name: String, scale: Double)]

    /// In bytes.
    static let size = UnitTable(noun: "size", units: byteUnits)

    /// In bytes a second.
    static let rate = UnitTable(
        noun: "rate",
        units: (byteUnits + bitUnits).map { ("\($0.name)/s", $0.scale) }
    )

    /// In picoseconds; µ is written in two ways (U+00B5 and U+03BC).
    static let latency = UnitTable(
        noun: "time",
        units: [
            ("ps", 1), ("ns", 1e3), ("us", 1e6), ("\u{B5}s", 1e6), ("\u{3BC}s", 1e6),
            ("ms", 1e9), ("s", 1e12),
        ]
    )

    /// In floating-point operations a second.
    static let compute = UnitTable(
        noun: "rate of computing",
        units: [("FLOPS", 1), ("GFLOPS", 1e9), ("TFLOPS", 1e12), ("PFLOPS", 1e15)]
    )

    private static let byteUnits: [(name: String, scale: Double)] = [
        ("B", 1), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40),
    ]

    private static let bitUnits: [(name: String, scale: Double)] = [
        ("bit", 0.125), ("Kbit", 125), ("Mbit", 125e3), ("Gbit", 125e6), ("Tbit", 125e9),
    ]

    func scale(of name: String) -> Double? { units.first { $0.name == name }?.scale }

    /// `B/s, KB/s, …`, with the Greek spellings of µ left out.
    var names: String {
        units.map(\.name).filter { $0.allSatisfy(\.isASCII) }.joined(separator: ", ")
    }
}

// MARK: Did you mean

extension UnitTable {
    /// The unit that was probably meant: `"Gbit/s"` for `Gbps`.
    ///
    /// Two of them for `gb/s`, which leaves open whether bits or bytes are meant.
    func suggestion(for name: String) -> String? {
        let alike = units.map(\.name).filter {
            fold($0) == fold(name) || fold($0) == fold(name + "/s")
        }
        let meant = alike.filter { $0.contains("bit") == saysBits(name) ?? $0.contains("bit") }
        if !meant.isEmpty { return meant.map { "\"\($0)\"" }.joined(separator: " or ") }
        let near = nearest(to: name, among: units.map(\.name).filter { $0.allSatisfy(\.isASCII) })
        return near.map { "\"\($0)\"" }
    }

    /// Whether a misspelt unit means bits, where its letters tell.
    private func saysBits(_ name: String) -> Bool? {
        if name.lowercased().contains("bit") || name.hasSuffix("bps") { return true }
        if name.contains("B") { return false }
        // "Gb/s" is bits by convention; in "gb/s" nobody minded the case.
        return name.contains("b") && name.contains(where: \.isUppercase) ? true : nil
    }

    /// Spellings that a person takes for the same.
    private func fold(_ name: String) -> String {
        var folded = name.lowercased()
        if folded.hasSuffix("ps"), folded.contains("b") { folded = folded.dropLast(2) + "/s" }
        for (long, short) in [("byte", "b"), ("bit", "b"), ("bs", "b"), ("sec", "s")] {
            folded.replace(long, with: short)
        }
        return folded
    }
}
