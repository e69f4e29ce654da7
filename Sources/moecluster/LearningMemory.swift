// What a run whose routers learn needs of this host's memory beside its payload.

import ClusterModel
import ClusterRuntime
import MoELayer
import TokenData

/// Bytes for what is learned: in each worker, and in this process, which learns the same.
struct LearningMemory {
    let workerBytes: Int
    let ownBytes: Int
    /// A class and a domain of each token of the text.
    private static let tokenBytes = 3

    /// - Throws: a text that cannot be opened.
    /// - Returns: nil where nothing is learned.
    init?(_ plan: ClusterPlan) throws {
        guard let path = plan.training.corpus else { return nil }
        let corpus = try Corpus.open(path)
        let text = corpus.domains * corpus.tokensPerDomain * Self.tokenBytes
        let learned = TrainingReference.candidates(plan).map {
            TrainingFootprint(TrainingSettings(plan, candidate: $0, text: corpus))
        }
        let routers = learned.prefix(plan.routing.routers.count)
        // A worker plays one router at a time, and learns of its start when it plays no step yet.
        let most = routers.map { max($0.rank.underWay, $0.start) }.max() ?? 0
        workerBytes = routers.reduce(0) { $0 + $1.rank.kept } + most + text
        // Before the first step all learn side by side.
        ownBytes = learned.reduce(0) { $0 + $1.local.kept + $1.local.underWay } + text
    }
}
