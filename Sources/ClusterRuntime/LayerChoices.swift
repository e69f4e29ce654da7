import ClusterModel
import Exchange
import Routing

/// What the tokens of a step chose in one MoE layer, of every rank that took part with tokens of its
/// own: of a tensor-parallel group the first rank.
public struct LayerChoices: Sendable {
    /// One rank's tokens.
    public struct Batch: Sendable {
        public let rank: Rank
        /// How many they are, those that chose nothing included.
        public let tokens: Int
        public let assignment: Assignment

        init(rank: Rank, tokens: Int, assignment: Assignment) {
            self.rank = rank
            self.tokens = tokens
            self.assignment = assignment
        }
    }

    public let layer: Int
    /// By rank, ascending.
    public let batches: [Batch]

    init(layer: Int, batches: [Batch]) {
        self.layer = layer
        self.batches = batches
    }

    /// The first of its ranks that kept other tokens in a step that was played, in words; nil where
    /// none did.
    public func difference(from inputs: [RankInput]) -> String? {
        for batch in batches {
            let (seen, kept) = (inputs[batch.rank.index], batch.assignment.countPerExpert)
            guard seen.kept != kept || seen.dropped != batch.assignment.dropped else { continue }
            return "rank \(batch.rank.index) keeps \(seen.kept) tokens for the experts of layer "
                + "\(layer), and one process \(kept)"
        }
        return nil
    }

    /// As a trace has it: a batch of every rank that has tokens of its own, an empty one of who was
    /// left out.
    public func traced(over layout: RankLayout) -> [(rank: Rank, batch: RoutingTrace.Batch)] {
        let byRank = Dictionary(uniqueKeysWithValues: batches.map { ($0.rank, $0) })
        return layout.leaders.map { rank in
            let batch = byRank[rank].map {
                RoutingTrace.Batch($0.assignment, tokens: $0.tokens)
            }
            return (rank, batch ?? RoutingTrace.Batch(choices: []))
        }
    }
}
