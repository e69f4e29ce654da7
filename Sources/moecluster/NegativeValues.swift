// Numbers with a minus on the command line: the parser would take them for options, and say of the
// option before them that its value is missing instead of what it may be.

/// Makes values of them.
enum NegativeValues {
    /// `--seed -1` becomes `--seed=-1`, up to a `--`.
    static func joined(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        var joined: [String] = []
        for argument in arguments[..<end] {
            if isNegative(argument), let last = joined.last, last.hasPrefix("--"),
                !last.contains("=")
            {
                joined[joined.count - 1] = "\(last)=\(argument)"
            } else {
                joined.append(argument)
            }
        }
        return joined + arguments[end...]
    }

    private static func isNegative(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), let next = argument.dropFirst().first else { return false }
        return next.isNumber || next == "." || Double(argument) != nil
    }
}
