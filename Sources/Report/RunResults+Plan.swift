// Facts of the plan that a report needs, looked up by their key.

import ClusterModel

extension RunResults {
    /// The TOML text of one key of the plan.
    public func planText(_ section: String, _ key: String) -> String? {
        plan.first { $0.section == section && $0.key == key }?.toml
    }

    /// A string of the plan, without its quotes.
    func planString(_ section: String, _ key: String) -> String? {
        guard
            let toml = planText(section, key), case .string(let text) = PlanNode(toml: toml)
        else { return nil }
        return text
    }

    /// A whole number of the plan.
    func planInteger(_ section: String, _ key: String) -> Int? {
        guard
            let toml = planText(section, key), case .integer(let value) = PlanNode(toml: toml)
        else { return nil }
        return value
    }

    /// Consecutive ranks of one node; without that key, all ranks that have traffic.
    public var npusPerNode: Int {
        let ranks = routers.map(\.traffic.count).max() ?? 1
        return max(planInteger("cluster", "npus_per_node") ?? ranks, 1)
    }

    /// The router that others are compared with: as planned, or the first.
    public var baseline: RouterResults? {
        let planned = planString("routing", "baseline")
        return routers.first { $0.name == planned } ?? routers.first
    }
}
