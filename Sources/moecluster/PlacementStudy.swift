import ClusterModel
import MoELayer
import Report
import Routing

/// Places the experts of successive layers by one half of what routers decided, and counts crossings in
/// the other.
struct PlacementStudy {
    let layout: RankLayout
    let seed: UInt64

    /// - Parameter outcomes: steps in which every layer decided.
    /// - Returns: nil where there is one layer, nothing to learn from, or no one placement for all
    ///   replicas.
    func gain(_ outcomes: [LocalTraining.Outcome]) -> PlacementGain? {
        let choices = firstChoices(outcomes)
        guard let tokens = choices.first?.count, tokens > 1, let shape = PlacementShape(layout)
        else { return nil }
        let profile = choices.map { Array($0[..<(tokens / 2)]) }
        let counted = ExpertFlow(
            profile: choices.map { Array($0[(tokens / 2)...]) },
            experts: layout.experts
        )
        let placed = ExFlowPlacement.place(
            profile: profile,
            on: shape,
            seed: seed,
            starts: Self.starts(experts: layout.experts)
        )
        let inTurn = (0..<layout.experts).map { $0 / shape.slots }
        let transitions = counted.counts.joined().joined().reduce(0, +)
        func share(_ homes: [[Int]]) -> PlacementGain.Crossings {
            let crossings = counted.crossings(homes, on: shape)
            return PlacementGain.Crossings(
                npu: Double(crossings.npu) / Double(transitions),
                node: Double(crossings.node) / Double(transitions)
            )
        }
        return PlacementGain(
            transitions: transitions,
            inTurn: share(choices.map { _ in inTurn }),
            exflow: share(placed.homes)
        )
    }

    /// A start takes time by the cube of the experts, and somebody waits for it.
    private static func starts(experts: Int) -> Int { min(16, max(1, 1024 / experts)) }

    /// The expert that each token chose first in each layer, [layers x tokens]; a token without any
    /// choice in some layer is left out of all.
    private func firstChoices(_ outcomes: [LocalTraining.Outcome]) -> [[Int]] {
        // Controls decide nothing, and a single layer leads nowhere.
        let layers = outcomes.map(\.assignments.count).max() ?? 0
        guard layers > 1 else { return [] }
        var choices = [[Int]](repeating: [], count: layers)
        for outcome in outcomes where outcome.assignments.count == layers {
            for rank in outcome.assignments[0].indices {
                let byLayer = outcome.assignments.map { first(of: $0[rank]) }
                for token in byLayer[0].keys.sorted() {
                    let experts = byLayer.compactMap { $0[token] }
                    guard experts.count == layers else { continue }
                    for (layer, expert) in experts.enumerated() { choices[layer].append(expert) }
                }
            }
        }
        return choices
    }

    private func first(of assignment: Assignment) -> [Int: Int] {
        Dictionary(
            assignment.pairs.map { ($0.token, $0.expert.index) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
