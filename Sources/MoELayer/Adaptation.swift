import ClusterModel
import Routing

/// How LocMoE+ adapts to what it has learned while it is trained.
///
/// In each step each rank counts its affinities, the counts of all ranks are merged, and the same
/// machine everywhere takes the merged ones: mode and C hold for that very step, on all ranks.
public struct Adaptation: Hashable, Sendable {
    public var settings: AdaptiveMode.Settings
    /// Which tokens are relevant to an expert.
    public var classes: TokenClasses
    /// What experts rank by in expert choice, where slots are pooled: τ and C_min.
    public var ranking: PooledAdmission.Order

    public init(
        settings: AdaptiveMode.Settings,
        classes: TokenClasses,
        ranking: PooledAdmission.Order
    ) {
        self.settings = settings
        self.classes = classes
        self.ranking = ranking
    }
}
