import ClusterModel
import Routing

/// Where a layer's decisions come from: a router, made anew whenever its gate has learned, and
/// who admits what it chose.
public struct RouterRecipe: Sendable {
    private let make: @Sendable (DenseGate?) -> any Router
    private let needsGate: Bool
    /// Nil: each rank's router decides alone.
    public let admission: PooledAdmission?

    /// A router without learned parameters.
    public init(_ router: any Router, admission: PooledAdmission? = nil) {
        make = { _ in router }
        needsGate = false
        self.admission = admission
    }

    /// A router around a dense gate.
    public init(
        admission: PooledAdmission? = nil,
        _ make: @escaping @Sendable (DenseGate) -> any Router
    ) {
        self.make = { gate in
            guard let gate else { fatalError("a router with a learned gate got none") }
            return make(gate)
        }
        needsGate = true
        self.admission = admission
    }

    /// The router of a layer as its gate is now.
    public func router(_ gate: Gate) -> any Router { make(needsGate ? gate.router : nil) }

    /// Decides for the batches of all ranks.
    public func decide(_ batches: [TokenBatch], _ gate: Gate) -> [Assignment] {
        let router = router(gate)
        let assignments = batches.map(router.assign)
        guard let admission, let experts = assignments.first?.experts else { return assignments }
        return admission.decide(assignments.map(\.pairs), experts: experts)
    }
}
