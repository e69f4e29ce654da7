import ClusterModel

/// How long a fault lasts.
public enum FaultSpan: Hashable, Sendable {
    /// To the end of the run; for a fault of one instant there is nothing to end.
    case forever
    /// Whole steps from the one in which it begins; 1 ends with that step.
    case steps(Int)
    /// Emulated time from its beginning.
    case time(Interval)
    case until(FaultMoment)

    static let expected = "\"2 steps\" or a time like \"5 ms\""

    /// From `2 steps`, `1 step` or `5 ms`.
    init?(length text: String) {
        if let steps = Self.steps(of: text) {
            self = .steps(steps)
        } else if let time = DurationText.interval(text), time > .zero {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// 2 for `2 steps`.
    static func steps(of text: String) -> Int? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, let count = FaultMoment.natural(words[0]), count >= 1,
            words[1] == (count == 1 ? "step" : "steps")
        else { return nil }
        return count
    }

    static func text(steps: Int) -> String { steps == 1 ? "1 step" : "\(steps) steps" }

    var fields: [FaultField] {
        switch self {
        case .forever: []
        case .steps(let count): [FaultField("for", .string(Self.text(steps: count)))]
        case .time(let time): [FaultField("for", .string(DurationText.text(time)))]
        case .until(let moment): [FaultField("until", .string("\(moment)"))]
        }
    }
}
