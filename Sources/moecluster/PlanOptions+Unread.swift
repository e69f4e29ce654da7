// Settings that nobody reads are said aloud: whoever gave them expects something of them.

import ClusterModel
import Configuration
import Faults

extension PlanOptions {
    /// What is set and read by none of the plan's routers.
    func warnOfUnread(_ configuration: RunConfiguration, _ console: Console) {
        let routing = configuration.plan.routing
        guard !routing.routers.contains(.locmoePlus) else { return }
        let hurtsExperts = configuration.faults.specs.contains { $0.kind.isOfExperts }
        for (key, isUnread, readers) in [
            (
                "routing.policy", routing.policy == .reroute && !hurtsExperts,
                "locmoe+ and for faults of experts, and the plan has neither"
            ),
            (
                "routing.capacity_rule", routing.capacityRule != nil,
                "locmoe+, which is not among the routers"
            ),
        ] where isUnread {
            let why = "is not used: it is for \(readers)"
            console.warning("\(configuration.problem(of: key, seen: why))")
        }
    }

    /// Which of a router's own options are given, though it is not among those that are asked for.
    static func warnOfUnread(
        _ options: [(name: String, isGiven: Bool)],
        of router: RouterName,
        among names: [String],
        _ console: Console
    ) {
        guard !names.contains(router.rawValue) else { return }
        for option in options where option.isGiven {
            console.warning(
                "\(option.name) is not used: it is \(router.rawValue)'s, which is not among the "
                    + "routers"
            )
        }
    }
}
