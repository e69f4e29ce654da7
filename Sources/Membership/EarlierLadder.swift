// What a broken run has used of its recovery ladder, as its folder tells.

import ClusterModel

/// A measure that an earlier part of the run has taken.
public struct EarlierMeasure: Sendable, Equatable {
    public var measure: RecoveryMeasure
    /// How much of its limit it took.
    public var charge: Int
    /// Whom the run went on without because of it.
    public var leftOut: Set<Rank>

    public init(_ measure: RecoveryMeasure, charge: Int, leftOut: Set<Rank> = []) {
        self.measure = measure
        self.charge = charge
        self.leftOut = leftOut
    }
}

/// The ladder of a run as it was left.
public struct EarlierLadder: Sendable {
    private let taken: [EarlierMeasure]
    private let steps: [(step: Int, without: Set<Rank>)]

    /// `steps` are those that are kept, in the order in which they ended, and whom each was played
    /// without.
    public init(taken: [EarlierMeasure], steps: [(step: Int, without: Set<Rank>)]) {
        self.taken = taken
        self.steps = steps
    }

    /// What was taken of each measure's limit.
    public var used: [RecoveryMeasure: Int] {
        taken.reduce(into: [:]) { $0[$1.measure, default: 0] += $1.charge }
    }

    /// Who is away, and for how many steps.
    public func rejoins(_ policy: RecoveryPolicy) -> RejoinBook {
        var book = RejoinBook(policy)
        book.goOn(after: steps, forGood: forGood)
        return book
    }

    /// Those whose last leaving out took no rung: they were about to come back, and could not.
    private var forGood: Set<Rank> {
        taken.reduce(into: Set()) { ranks, measure in
            if measure.charge == 0 {
                ranks.formUnion(measure.leftOut)
            } else {
                ranks.subtract(measure.leftOut)
            }
        }
    }
}
