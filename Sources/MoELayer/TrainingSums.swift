import ClusterModel
import Exchange
import Routing

/// How ranks sum: gradients of the dense parameters over all, those of experts over the ranks that
/// hold the same, and over all what LocMoE+ counts where it adapts.
///
/// The ranks of a tensor-parallel group have read the same tokens: each sums with one rank of every
/// other group, the one at its own place. Who is left out sums with nobody.
public struct TrainingSums: Hashable, Sendable {
    public let dense: AllReduce
    /// Nil where every expert lives on one rank only.
    public let experts: AllReduce?
    /// Of `ResonanceCounts.words`; nil where nothing adapts.
    public let resonance: AllReduce?

    /// - Parameters:
    ///   - algorithm: of both.
    ///   - placement: who holds which experts, and who is left out.
    ///   - denseCount: dense parameters.
    ///   - expertCount: parameters of the experts of one rank.
    ///   - counted: how large a rank's counts are; nil where nothing adapts.
    public init(
        _ algorithm: AllReduceAlgorithm,
        _ placement: ExpertPlacement,
        denseCount: Int,
        expertCount: Int,
        counted: ResonanceShape? = nil
    ) {
        let layout = placement.layout
        let twins = layout.twins.map { $0.filter { !placement.excluded.contains($0) } }
        resonance = counted.map {
            AllReduce(
                algorithm,
                groups: twins,
                count: $0.wordCount,
                layout: layout,
                valueBytes: 8
            )
        }
        dense = AllReduce(algorithm, groups: twins, count: denseCount, layout: layout)
        let replicas = Self.replicas(layout)
        let isShared = expertCount > 0 && replicas[0].count > 1
        experts =
            isShared
            ? AllReduce(algorithm, groups: replicas, count: expertCount, layout: layout) : nil
    }

    /// Ranks that hold the same experts, for other tokens.
    static func replicas(_ layout: RankLayout) -> [[Rank]] {
        layout.twins.flatMap { twins in
            let byExpert = Dictionary(grouping: twins) { layout.localExperts(of: $0).lowerBound }
            return byExpert.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}
