// The little JSON that pure code writes itself: strings and numbers inside a trace or a chart.
// Documents with a schema are written by ResultFiles.

/// JSON text of single values.
enum JSONString {
    /// A quoted JSON string.
    ///
    /// `<`, `>` and `&` are escaped as well, so that the text can stand inside an HTML `script`
    /// element whatever it holds: `</script>` becomes `\u003c/script\u003e`.
    static func quote(_ text: String, forHTML: Bool = false) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "<" where forHTML, ">" where forHTML, "&" where forHTML,
                "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}", "\u{7f}":
                quoted += escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// A JSON number; `null` for what JSON cannot say.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
        return "\(value)"
    }
}
