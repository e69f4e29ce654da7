/// An assignment as text: a header row, then a row for each (token, expert) pair in token order.
///
/// Numbers are written with the fewest digits that read back to the same Double; `kept` is 1 or
/// 0, `position` -1 and `reason` "capacity" or "threshold" where a pair was dropped.
public enum AssignmentCSV {
    public static let header = "token,expert,score,weight,position,kept,reason\n"

    /// The whole file.
    public static func text(_ assignment: Assignment) -> String {
        var text = header
        text.reserveCapacity(assignment.pairs.count * 64)
        for pair in assignment.pairs { text += row(pair) }
        return text
    }

    private static func row(_ pair: Assignment.Pair) -> String {
        "\(pair.token),\(pair.expert),\(pair.score),\(pair.weight),\(pair.position),"
            + "\(pair.isKept ? 1 : 0),\(pair.reason.rawValue)\n"
    }
}
