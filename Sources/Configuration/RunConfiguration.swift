import ClusterModel
import Faults

/// A configuration in full: the plan of a run, and the faults that it is to meet.
public struct RunConfiguration: Hashable, Sendable {
    public var plan: ClusterPlan
    public var faults: FaultPlan

    public init(plan: ClusterPlan, faults: FaultPlan) {
        self.plan = plan
        self.faults = faults
    }
}
