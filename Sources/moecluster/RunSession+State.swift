// What a run that something happened to ended with, beside the same plan without faults.

import ClusterModel
import Evaluation

extension RunSession {
    /// In virtual time nothing is lost, and one process computes all there is.
    func compareState(_ tokens: RunTokens) throws -> StateComparison? {
        guard !isSimulated, player.hurts || hurt.isHurt else { return nil }
        guard outcome == "finished" else { return .open("the run did not come to its end") }
        guard tokens.quality != nil || history.notOffered(tokensPerRank: 1) == 0 else {
            return .open("ranks were left out: nothing is promised of what follows")
        }
        // One process learns with experts hurt alike, and is what the workers are compared with.
        guard tokens.quality != nil || !player.hurtsExperts else {
            return .open("faults of experts send tokens elsewhere: nothing is promised")
        }
        guard history.count == history.steps.count else {
            return .open("of \(history.count) steps the last \(history.steps.count) were kept")
        }
        let check = StateCheck(
            routers: plan.routing.routers.map(\.rawValue),
            expected: tokens.expected,
            hurt: hurt.hurtSteps,
            hurtsExperts: player.hurtsExperts
        )
        return try check.compare(history.steps.map(\.outcome))
    }
}
