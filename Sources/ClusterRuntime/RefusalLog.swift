/// Connections that were not ours, by reason.
///
/// Bounded: strangers cannot fill it.
struct RefusalLog {
    private static let reasonMax = 32
    private var counts: [String: Int] = [:]

    mutating func count(_ reason: String) {
        if counts[reason] != nil || counts.count < Self.reasonMax {
            counts[reason, default: 0] += 1
        } else {
            counts["other reasons", default: 0] += 1
        }
    }

    /// Adds a line as `lines` writes it.
    mutating func add(line: String) {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let times = Int(parts[0]) else { return }
        for _ in 0..<min(times, 1 << 20) { count(String(parts[2])) }
    }

    var total: Int { counts.values.reduce(0, +) }

    /// "3 x wrong proof", most frequent first.
    var lines: [String] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($1) x \($0)" }
    }
}
