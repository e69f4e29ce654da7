// Numbers as people read them. Foundation's formatters stay out of pure targets.

import Glibc

/// Text of figures: fixed decimals, thousands in groups of three.
enum Figure {
    /// `value` with `decimals` digits after the point; "n/a" for what is no number.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        guard value.isFinite, abs(value) * scale < 1e18 else { return "n/a" }
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = grouped(scaled / Int(scale))
        guard decimals > 0 else { return sign + whole }
        let fraction = String(scaled % Int(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(whole).\(zeros)\(fraction)"
    }

    /// A whole number: 40,960.
    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value.magnitude))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return (value < 0 ? "-" : "") + String(digits)
    }

    /// A time in µs with about four significant digits, without its unit.
    static func time(_ us: Double) -> String {
        switch abs(us) {
        case 10_000...: fixed(us, 0)
        case 100...: fixed(us, 1)
        case 0: "0"
        default: fixed(us, 2)
        }
    }

    /// Wall-clock milliseconds in a unit that suits them, with it.
    static func wall(_ ms: Double) -> String {
        ms >= 1000 ? fixed(ms / 1000, 1) + " s" : fixed(ms, 0) + " ms"
    }

    /// A share as per cent, with the sign: "12.5 %".
    static func percent(_ share: Double, _ decimals: Int = 1) -> String {
        share.isFinite ? fixed(share * 100, decimals) + " %" : "n/a"
    }

    /// The same with + or - in front.
    static func change(_ share: Double) -> String {
        (share > 0 ? "+" : "") + percent(share)
    }

    /// Decimal units, as everywhere: 1 MB = 1e6 bytes.
    static func bytes(_ count: Double) -> String {
        let (unit, name) = byteUnit(for: count)
        return fixed(count / unit, unit == 1 ? 0 : 1) + " " + name
    }

    /// The unit in which `count` bytes are at least 1.
    static func byteUnit(for count: Double) -> (size: Double, name: String) {
        switch abs(count) {
        case 1e12...: (1e12, "TB")
        case 1e9...: (1e9, "GB")
        case 1e6...: (1e6, "MB")
        case 1e3...: (1e3, "KB")
        default: (1, "B")
        }
    }

    /// A positive value in four significant digits, from its natural logarithm where a Double
    /// cannot hold it: "0.0152", "98.6", "3.62e+147".
    static func significant(_ value: Double, log: Double) -> String {
        guard log.isFinite else { return value == 0 ? "0" : "n/a" }
        if (1e-3..<1e6).contains(value) { return fixed(value, max(0, 3 - Int(log10(value)))) }
        let digits = log / Double.log10Base
        var power = digits.rounded(.down)
        var mantissa = pow(10, digits - power)
        if mantissa >= 9.995 { (mantissa, power) = (1, power + 1) }
        return fixed(mantissa, 2) + "e" + (power < 0 ? "" : "+") + "\(Int(power))"
    }
}

extension Double {
    /// ln 10.
    fileprivate static let log10Base = 2.302585092994046
}
