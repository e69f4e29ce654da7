// How tensor, expert and data parallelism share the NPUs, with "auto" worked out.

import ClusterModel

/// The degrees a draft asks for, beside the cluster and the experts they must divide.
struct ParallelChoice {
    private let tp: Int
    private let ep: Int?
    private let dp: Int?
    private let world: Int
    private let experts: Int

    init(_ draft: PlanDraft) {
        tp = draft.plan.parallel.tp
        ep = draft.ep
        dp = draft.dp
        world = draft.plan.world
        experts = draft.plan.model.experts
    }

    /// The degrees, which are sound if there is no complaint.
    var degrees: ParallelDegrees {
        let group = world / tp
        switch (ep, dp) {
        case (let ep?, let dp?): return ParallelDegrees(tp: tp, ep: ep, dp: dp)
        case (let ep?, nil): return ParallelDegrees(tp: tp, ep: ep, dp: group / ep)
        case (nil, let dp?): return ParallelDegrees(tp: tp, ep: group / dp, dp: dp)
        case (nil, nil):
            let ep = commonDivisor(experts, group)
            return ParallelDegrees(tp: tp, ep: ep, dp: group / ep)
        }
    }

    /// What is wrong, if the sizes do not divide.
    var complaint: PlanRule.Complaint? {
        let degrees = degrees
        let product = degrees.tp * degrees.ep * degrees.dp
        if product != world {
            let names = "tp \(tp), ep \(text(ep)), dp \(text(dp))"
            return PlanRule.Complaint(
                seen: "\(names) do not share out \(world) NPUs",
                expected: "tp x ep x dp = nodes x npus_per_node = \(world)"
            )
        }
        guard !experts.isMultiple(of: degrees.ep) else { return nil }
        return PlanRule.Complaint(
            seen: "\(experts) experts do not divide over ep \(degrees.ep)",
            expected: "experts to be a multiple of ep, or ep \"auto\""
        )
    }

    private func text(_ degree: Int?) -> String { degree.map { "\($0)" } ?? "auto" }

    /// The greatest one: every common divisor divides it.
    private func commonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : commonDivisor(b, a % b)
    }
}
