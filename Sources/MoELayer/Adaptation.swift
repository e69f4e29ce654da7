import ClusterModel
import Routing

/// How LocMoE+ adapts to what it has learned while it is trained.
///
/// In each step each rank counts its affinities, the counts of all ranks are merged, and the same
/// machine everywhere takes the merged ones: mode and C hold for that very step, on all ranks.
public struct Adaptation: Hashable, Sendable {
    /// Which tokens count as relevant to an expert: those of the class that chooses it most.
    public enum Classes: Hashable, Sendable {
        /// A token's class is the expert it chose first.
        case choices
        /// It is the token's domain, of so many.
        case domains(Int)

        /// Of the domains of the text, where a configuration asks for them.
        public init(_ relevance: RelevanceClass, domains: Int) {
            self =
                switch relevance {
                case .choice: .choices
                case .domain: .domains(domains)
                }
        }

        /// Of a rank's counts, with so many experts.
        func shape(experts: Int) -> ResonanceShape {
            switch self {
            case .choices:
                ResonanceShape(experts: experts, classes: experts, isLabelled: false)
            case .domains(let count):
                ResonanceShape(experts: experts, classes: count, isLabelled: true)
            }
        }

        /// One rank's counts, by the affinities of a fixed gate.
        func counts(
            of batch: TokenBatch,
            _ gate: GroupedAveragePooling,
            topK: Int
        ) -> ResonanceCounts {
            let affinities = gate.affinities(of: batch)
            guard case .domains(let count) = self else {
                return ResonanceCounts(of: affinities, topK: topK)
            }
            return ResonanceCounts(
                of: affinities,
                topK: topK,
                labels: batch.domains.map(Int.init),
                classes: count
            )
        }
    }

    public var settings: AdaptiveMode.Settings
    public var classes: Classes
    /// What experts rank by in expert choice, where slots are pooled: τ and C_min.
    public var ranking: PooledAdmission.Order

    public init(
        settings: AdaptiveMode.Settings,
        classes: Classes,
        ranking: PooledAdmission.Order
    ) {
        self.settings = settings
        self.classes = classes
        self.ranking = ranking
    }
}
