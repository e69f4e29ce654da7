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
    ///   - expertCount: parameters of one expert in one layer.
    ///   - layers: that have experts.
    ///   - counted: how large a rank's counts are; nil where nothing adapts.
    public init(
        _ algorithm: AllReduceAlgorithm,
        _ placement: ExpertPlacement,
        denseCount: Int,
        expertCount: Int,
        layers: Int,
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
        let runs = Self.shared(placement, expertCount: expertCount, layers: layers)
        let isShared = runs.contains { $0.places.count > 1 && $0.count > 0 }
        experts = isShared ? AllReduce(algorithm, runs: runs, layout: layout) : nil
    }

    /// Which ranks hold the same experts, and where those stand among what a rank holds: layer by
    /// layer, in each layer in ascending order.
    private static func shared(
        _ placement: ExpertPlacement,
        expertCount: Int,
        layers: Int
    ) -> [SharedRun] {
        let layout = placement.layout
        guard layout.parallel.dp > 1 else { return [] }
        let held = layout.ranks.map(placement.experts)
        func run(_ layer: Int, _ expert: Int, _ ranks: [Rank]) -> SharedRun {
            let places = ranks.map { rank in
                let own = held[rank.index]
                guard let place = own.firstIndex(of: expert) else {
                    fatalError("rank \(rank) holds experts \(own), not \(expert)")
                }
                let index = layer * own.count + place
                return SharedRun.Place(rank: rank, start: index * expertCount)
            }
            return SharedRun(places, count: expertCount)
        }
        let holders = (0..<layout.experts).map { placement.holders(of: ExpertIndex($0)) }
        var runs: [SharedRun] = []
        // Of each set of ranks the last run.
        var last: [[Rank]: Int] = [:]
        for layer in 0..<layers {
            for expert in 0..<layout.experts {
                for ranks in holders[expert] {
                    let next = run(layer, expert, ranks)
                    if let index = last[ranks], let joined = runs[index].joined(with: next) {
                        runs[index] = joined
                    } else {
                        last[ranks] = runs.count
                        runs.append(next)
                    }
                }
            }
        }
        return runs
    }
}
