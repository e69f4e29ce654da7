// The text as training reads it.

import ClusterModel
import MoELayer
import TokenData

extension TrainingSettings {
    /// What a plan says about learning with one of its routers from a text.
    public init(_ plan: ClusterPlan, candidate: Candidate, text: Corpus) {
        self.init(plan, candidate: candidate)
        domains = text.domains
    }

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
    ///
    /// `label` is what routers that draw draw by, 0 where nothing is learned.
    public func sequences(of rank: Rank, step: Int, label: UInt64 = 0) -> SequenceBatch {
        let (classes, domains) = batch(of: rank, step: step)
        return SequenceBatch(
            classes: classes,
            domains: domains,
            sequenceLength: TrainingText.sequenceLength,
            label: label
        )
    }
}

extension TrainingText {
    /// What one of `ranks` ranks learns from in a step.
    public func lesson(of rank: Rank, step: Int, ranks: Int) -> SequenceBatch {
        let label = SequenceBatch.label(step: step, rank: rank.index, ranks: ranks)
        return training.sequences(of: rank, step: step, label: label)
    }
}
