// What a simulated cluster keeps of its steps, and what is seen of faults in it.

import ClusterModel
import FaultPlay
import Faults
import Membership
import Routing

extension ClusterSimulation {
    /// Adds the step that was done to the folder, which may refuse it.
    mutating func keepStep() {
        let done = StoredStep(
            step: step,
            excluded: excluded,
            results: processes.indices.map { results[Rank($0)] ?? .none }
        )
        let refusal = faults.refusal
        guard !folder.append(done, isRefusing: refusal != nil), let refusal else { return }
        refusedWrites += 1
        faults.applied.insert(refusal)
        if bug == .forgottenStep { folder.lose() }
    }

    /// Nobody is left: what was refused is written, and the folder has to be whole.
    mutating func conclude() {
        folder.flush()
        rules.kept(folder.steps, count: step) { stored in
            let hurts = faults.expertHurts(in: stored.step)
            return processes.indices.map {
                tokens.expected(stored.step, Rank($0), hurts, without: stored.excluded)
            }
        }
    }

    /// What faults of experts have made of the choices of this step's tokens, beside the same step
    /// without them.
    mutating func countMoved() {
        let hurts = faults.expertHurts(in: step)
        guard !hurts.isEmpty else { return }
        var loads = (before: [Int](), during: [Int]())
        for rank in coordinator.members.sorted() {
            let before = tokens.routed(step, rank, [])
            let during = tokens.routed(step, rank, hurts)
            for (one, other) in zip(before.pairs, during.pairs)
            where one.expert != other.expert || one.isKept != other.isKept {
                movedTokens += 1
            }
            loads.before = sum(loads.before, before.countPerExpert)
            loads.during = sum(loads.during, during.countPerExpert)
        }
        for (index, event) in faults.events.enumerated() where event.holds(in: step) {
            guard case .expert(let expert) = event.target else { continue }
            if loads.before[expert.index] != loads.during[expert.index] {
                faults.applied.insert(index)
            }
        }
    }

    private func sum(_ a: [Int], _ b: [Int]) -> [Int] { a.isEmpty ? b : zip(a, b).map(+) }
}
