// What a broken run has used of its recovery ladder, as its folder tells.

import ClusterModel
import Evaluation
import Membership
import Report

/// The ladder of a run as it was left.
struct EarlierLadder {
    private let incidents: [IncidentRecord]
    private let steps: [(step: Int, without: Set<Rank>)]

    /// `survival` is that of its last results, `nil` if they do not say; `steps` are those that are
    /// kept, in the order in which they ended.
    init(_ survival: Survival?, _ steps: [StepEvaluation]) {
        incidents = survival?.incidents ?? []
        self.steps = steps.map { ($0.outcome.step, Set($0.outcome.excluded)) }
    }

    /// What was taken of each measure's limit.
    ///
    /// Folders of older versions do not say how much that was: one, which it mostly is.
    var used: [RecoveryMeasure: Int] {
        incidents.reduce(into: [:]) { used, incident in
            guard let measure = RecoveryMeasure(rawValue: incident.measure) else { return }
            used[measure, default: 0] += incident.charge ?? 1
        }
    }

    /// Who is away, and for how many steps.
    func rejoins(_ policy: RecoveryPolicy) -> RejoinBook {
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
