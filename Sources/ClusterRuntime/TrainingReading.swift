// The text as training reads it.

import ClusterModel
import MoELayer
import TokenData

extension TrainingSettings {
    /// A corpus, cut and dealt as these settings say.
    ///
    /// - Throws: a corpus with too few tokens.
    public func text(of corpus: Corpus) throws(TokenDataError) -> TrainingText {
        try TrainingText(
            corpus,
            classes: dimensions.vocabulary,
            dealing: .init(
                tokensPerRank: tokensPerRank,
                sharding: sharding,
                nodes: layout.nodes,
                npusPerNode: layout.npusPerNode,
                seed: seed
            )
        )
    }
}

extension TrainingText.Part {
    /// What `rank` reads in `step`.
    public func sequences(of rank: Rank, step: Int) -> SequenceBatch {
        let (classes, domains) = batch(of: rank, step: step)
        return SequenceBatch(
            classes: classes,
            domains: domains,
            sequenceLength: TrainingText.sequenceLength
        )
    }
}
