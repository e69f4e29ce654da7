// What every family of kinds says about its kinds. A family is an enum in a file of its own.

import ClusterModel

/// Kinds of one family, with their parameters.
protocol FaultFamily: Hashable, Sendable {
    /// The names of its kinds, as `kind = "…"` says them.
    static var names: [String] { get }
    /// The kind `name`, its parameters taken from the reader; `nil` for a name of another family.
    static func read(_ name: String, _ reader: inout FaultFieldReader) -> Self?
    /// The kind `name` with parameters drawn from `random`.
    static func draw(_ name: String, _ random: inout SeededRandom) -> Self?

    var name: String { get }
    /// The parameters, in the order in which they are written.
    var parameters: [FaultField] { get }
    var traits: FaultTraits { get }
    /// The same kind with a simpler parameter, for shrinking: each one nearer to an end.
    var simpler: [Self] { get }
}

/// What the plan, the players and the verdict must know of a kind.
public struct FaultTraits: Hashable, Sendable {
    /// The sorts of target it may have; "random" takes the first.
    public var targets: [FaultTargetSort]
    /// What must have been seen for the fault to count as applied.
    public var evidence: FaultProofSort
    /// Whether it has an end, and so may say `for` or `until`.
    public var lasts: Bool
    /// The moment without `at`, and the only one allowed.
    public var onlyAtLaunch: Bool

    init(
        _ targets: [FaultTargetSort],
        evidence: FaultProofSort,
        lasts: Bool = true,
        onlyAtLaunch: Bool = false
    ) {
        self.targets = targets
        self.evidence = evidence
        self.lasts = lasts
        self.onlyAtLaunch = onlyAtLaunch
    }
}

/// Whole microseconds from a range, for drawn parameters.
func drawInterval(_ range: ClosedRange<Int>, _ random: inout SeededRandom) -> Interval {
    let micro = range.lowerBound + random.next(below: range.count)
    return Interval(picoseconds: Int64(micro) * 1_000_000)
}

extension Interval {
    /// Half of it in whole microseconds; `nil` where that is nothing any more.
    var halved: Interval? {
        let micro = picoseconds / 2_000_000
        return micro > 0 ? Interval(picoseconds: micro * 1_000_000) : nil
    }

    var asField: FaultValue { .string(DurationText.text(self)) }
}

extension Ratio {
    /// 1/2, 1/4, 1/8 or 1.
    static func draw(_ random: inout SeededRandom) -> Ratio {
        Ratio(1, 1 << random.next(below: 4)) ?? .one
    }

    var asField: FaultValue { .string("\(self)") }
}
