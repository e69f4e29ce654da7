// Who was left out comes back between two steps: started again, it joins, the mesh takes it in, and
// with the next step its experts and its tokens are its own again.

import ClusterModel
import EventLoop
import Exchange
import Membership

extension Coordinator {
    /// Starts those again that have been away for as long as the policy says.
    ///
    /// - Returns: whether somebody was; who belongs to the cluster may have changed in any way.
    /// - Throws: the failure for which nothing may be done.
    @discardableResult
    func rejoinIfDue(before step: Int) throws -> Bool {
        guard failure == nil else { return false }
        let due = rejoins.due(before: step)
        guard !due.isEmpty else { return false }
        let beganAt = Loop.hostNanoseconds
        note(due) { $0.rejoinBeganAt = beganAt }
        rejoining = due
        defer { rejoining = [] }
        rejoins.tried(due)
        do {
            try carryOut(RecoveryDecision(measure: .restart, lost: due))
        } catch let failure as RunFailure {
            // Who cannot come stays away; of what else may fail the ladder knows what to do.
            try recover(from: failure)
        }
        let now = Loop.hostNanoseconds
        note(due.subtracting(excluded)) { $0.rejoinedAt = now }
        return true
    }

    /// Goes on without ranks that were left out of a run which this one continues; how long they have
    /// been away is for `CoordinatorOptions.rejoins` to say.
    ///
    /// - Throws: the failure for which nothing may be done.
    public func leaveOut(_ ranks: Set<Rank>) throws {
        guard !ranks.isEmpty else { return }
        do {
            try carryOut(RecoveryDecision(measure: .exclude, lost: ranks))
        } catch let failure as RunFailure {
            try recover(from: failure)
        }
    }

    /// These are left out, those that were about to come back for good.
    func stayAway(_ ranks: Set<Rank>) {
        note(ranks.intersection(rejoining)) { $0.rejoinFailed = true }
        rejoins.leftOut(ranks.subtracting(rejoining))
    }

    /// Changes what is known of the last exclusion of each of these ranks.
    private func note(_ ranks: Set<Rank>, _ change: (inout Incident) -> Void) {
        for rank in ranks.sorted() {
            guard
                let index = incidents.lastIndex(where: {
                    $0.measure == .exclude && $0.leftOut.contains(rank)
                })
            else { continue }
            change(&incidents[index])
        }
    }
}
