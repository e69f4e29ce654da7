// Who was left out, and when it may come back. Owns no process and no clock; the coordinator starts
// who is due between two steps.

import ClusterModel

/// Ranks that a run goes on without and that may rejoin.
public struct RejoinBook: Sendable {
    private struct Absence {
        /// Steps that ended well without it.
        var steps = 0
        /// The last of them; of several routers each plays it.
        var last: Int?
    }

    private let after: Int?
    private var absences: [Rank: Absence] = [:]

    public init(_ policy: RecoveryPolicy) { after = policy.rejoinAfter }

    /// Goes on counting after an earlier part of the run.
    ///
    /// Takes its steps that ended, in order, and whom each was played without. Of those away at its
    /// end, `forGood` have tried to come back in vain.
    public mutating func goOn(
        after steps: [(step: Int, without: Set<Rank>)],
        forGood: Set<Rank> = []
    ) {
        var away: Set<Rank> = []
        for (step, without) in steps {
            tried(away.subtracting(without))
            leftOut(without.subtracting(away))
            ended(step: step)
            away = without
        }
        tried(forGood)
    }

    /// These are left out from now on.
    public mutating func leftOut(_ ranks: Set<Rank>) {
        guard after != nil else { return }
        for rank in ranks { absences[rank] = Absence() }
    }

    /// A step has ended well.
    public mutating func ended(step: Int) {
        for (rank, absence) in absences where absence.last != step {
            absences[rank] = Absence(steps: absence.steps + 1, last: step)
        }
    }

    /// Who is to be started again before this step begins.
    public func due(before step: Int) -> Set<Rank> {
        guard let after else { return [] }
        return Set(absences.filter { $1.steps >= after && $1.last != step }.keys)
    }

    /// These are back, or have failed to come: either way that was their attempt.
    public mutating func tried(_ ranks: Set<Rank>) {
        for rank in ranks { absences[rank] = nil }
    }
}
