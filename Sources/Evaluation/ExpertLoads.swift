import ClusterModel
import Exchange

/// Tokens by where they were computed, in one step.
struct ExpertLoads {
    /// A load for each expert of each replica.
    let experts: [Int]
    let ranks: [Int]
    let nodes: [Int]

    init(_ outcome: StepOutcome, _ traffic: ExpertTraffic) {
        let layout = traffic.layout
        var experts: [Int] = []
        var ranks = Array(repeating: 0, count: layout.world)
        var nodes = Array(repeating: 0, count: layout.nodes)
        for rank in layout.ranks {
            let sources = traffic.sources(of: rank)
            for expert in traffic.placement.experts(on: rank) {
                let load = sources.reduce(0) { $0 + outcome.inputs[$1.index].kept[expert] }
                experts.append(load)
                ranks[rank.index] += load
                nodes[layout.node(of: rank).index] += load
            }
        }
        self.experts = experts
        self.ranks = ranks
        self.nodes = nodes
    }
}
