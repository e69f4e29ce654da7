// What a broken run has used of its recovery ladder, as its folder tells.

import ClusterModel
import Membership
import Report

/// The ladder of a run as it was left.
public struct EarlierLadder: Sendable {
    private let incidents: [IncidentRecord]
    private let steps: [(step: Int, without: Set<Rank>)]

    /// `steps` are those that are kept, in the order in which they ended, and whom each was played
    /// without.
    public init(_ incidents: [IncidentRecord], steps: [(step: Int, without: Set<Rank>)]) {
        self.incidents = incidents
        self.steps = steps
    }

    /// What was taken of each measure's limit.
    ///
    /// Folders of older versions do not say how much that was: one, which it mostly is.
    public var used: [RecoveryMeasure: Int] {
        incidents.reduce(into: [:]) { used, incident in
            guard let measure = RecoveryMeasure(rawValue: incident.measure) else { return }
            used[measure, default: 0] += incident.charge ?? 1
        }
    }

    /// Who is away, and for how many steps.
    public func rejoins(_ policy: RecoveryPolicy) -> RejoinBook {
        var book = RejoinBook(policy)
        book.goOn(after: steps, forGood: forGood)
        return book
    }

    /// Those whose last leaving out took no rung: they were about to come back, and could not.
    private var forGood: Set<Rank> {
        incidents.reduce(into: Set()) { ranks, incident in
            let left = Set((incident.leftOut ?? []).map(Rank.init))
            if incident.charge == 0 { ranks.formUnion(left) } else { ranks.subtract(left) }
        }
    }
}
