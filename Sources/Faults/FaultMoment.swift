// When a fault begins. A moment is a fact of the run, not of the host: the same one means the same
// in a run on real processes and in virtual time.

import ClusterModel

/// A point of a run.
public enum FaultMoment: Hashable, Sendable {
    /// While the workers are started; for faults of the start itself.
    case launch
    /// The start of a step, or of one of its phases, on the ranks concerned. Steps count from 0,
    /// warm-up included, as in steps.csv; every router's pass of that step meets the fault, so
    /// that routers stay comparable.
    case step(Int, FaultPhase?)
    /// Emulated time on the clock since the first measured step began; what is off the clock
    /// (routing, packing, checking) does not count.
    case time(Interval)
    /// The n-th message (from 1) of the whole run from one rank to another.
    case message(Int, from: Rank, to: Rank)
}

extension FaultMoment {
    /// Whether it lies in an earlier step, as far as that is known beforehand.
    public func isBefore(step: Int) -> Bool {
        if case .step(let own, _) = self { own < step } else { false }
    }
}

extension FaultMoment {
    /// Whether nothing can last from `other` to it, as far as that is known beforehand.
    func isNoLater(than other: FaultMoment) -> Bool {
        switch (other, self) {
        case (.step(let from, let phase), .step(let to, let end)):
            // A step without a phase is its start.
            (to, end?.place ?? -1) <= (from, phase?.place ?? -1)
        case (.time(let from), .time(let to)): to <= from
        case (.message(let from, let a, let b), .message(let to, let c, let d)):
            (a, b) == (c, d) && to <= from
        default: false
        }
    }
}

extension FaultMoment: CustomStringConvertible {
    /// As it is written: `step 5 dispatch`.
    public var description: String {
        switch self {
        case .launch: "launch"
        case .step(let step, nil): "step \(step)"
        case .step(let step, let phase?): "step \(step) \(phase.rawValue)"
        case .time(let time): DurationText.text(time)
        case .message(let number, let from, let to):
            "\(number)\(Self.suffix(number)) message from \(from) to \(to)"
        }
    }

    private static func suffix(_ number: Int) -> String {
        if (11...13).contains(number % 100) { return "th" }
        return switch number % 10 {
        case 1: "st"
        case 2: "nd"
        case 3: "rd"
        default: "th"
        }
    }
}

extension FaultMoment {
    static let expected =
        "\"launch\", \"step 5\", \"step 5 dispatch\" (gate, dispatch, expert, combine), "
        + "\"12 ms\" or \"3rd message from 5 to 7\""

    /// From its text; `nil` for what is no moment.
    public init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard let moment = Self.step(words) ?? Self.message(words) ?? Self.plain(text) else {
            return nil
        }
        self = moment
    }

    private static func step(_ words: [String]) -> FaultMoment? {
        guard (2...3).contains(words.count), words[0] == "step", let step = natural(words[1])
        else { return nil }
        guard words.count == 3 else { return .step(step, nil) }
        return FaultPhase(rawValue: words[2]).map { .step(step, $0) }
    }

    private static func message(_ words: [String]) -> FaultMoment? {
        guard words.count == 6, words[1] == "message", words[2] == "from", words[4] == "to",
            let number = natural(String(words[0].dropLast(2))), number >= 1,
            words[0] == "\(number)\(suffix(number))",
            let from = natural(words[3]), let to = natural(words[5])
        else { return nil }
        return .message(number, from: Rank(from), to: Rank(to))
    }

    private static func plain(_ text: String) -> FaultMoment? {
        text == "launch" ? .launch : DurationText.interval(text).map { .time($0) }
    }

    /// Digits only, at most a million.
    static func natural(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }),
            let value = Int(text), value <= 1_000_000
        else { return nil }
        return value
    }
}
