import ClusterModel

/// Replays what a router elsewhere decided; it looks at no token.
///
/// A run with more steps than the trace starts over. Rank and step are read off a batch's label,
/// step x world + rank, so the same trace is the same traffic on workers and in virtual time. The
/// gate costs nothing: nobody knows what it was. Score is 1, weight 1/k, and of a dropped pair
/// only that it was dropped is known.
public struct TraceRouter: Router {
    public let name = RouterName.trace
    private let trace: RoutingTrace
    private let world: Int
    /// The most pairs that a rank keeps in a step.
    private let keptMax: Int

    /// - Parameters:
    ///   - trace: with a batch for each source rank in every step, and one step at least.
    ///   - world: ranks of the plan.
    public init(_ trace: RoutingTrace, world: Int) {
        invariant(!trace.steps.isEmpty && world > 0, "a trace without steps")
        self.trace = trace
        keptMax = trace.steps.map { $0.values.map(\.kept).max() ?? 0 }.max() ?? 0
        self.world = world
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let (step, rank) = Int(batch.label).quotientAndRemainder(dividingBy: world)
        let traced = trace.steps[step % trace.steps.count]
        // Ranks of a tensor-parallel group replay their leader's batch, the one before them.
        let source = traced.keys.filter { $0 <= rank }.max()
        guard let source, let choices = traced[source] else {
            fatalError("a trace without rank \(rank)")
        }
        return choices.assignment(experts: trace.experts)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { 0 }

    public func pairsMax(tokens: Int) -> Int { keptMax }
}
