import ClusterRuntime
import Exchange
import Routing

/// A step that was played, and what its tokens chose.
struct PlayedStep {
    /// In order; most steps are one.
    var segments: [StepOutcome]
    /// Of each MoE layer.
    var choices: [LayerChoices]
    /// What the router knew and decided in each layer; empty where it learns, which is recorded as
    /// it does (`QualityRecorder`).
    var records: [RoutingRecord] = []
}
