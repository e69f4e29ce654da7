// From what a step moves to how: the plan's algorithm, or for `auto` the one that takes the least
// time when the machines play it in virtual time.

import ClusterModel
import Exchange
import Links

/// Makes the programs of steps.
public struct StepCompiler: Sendable {
    private let plan: ClusterPlan
    private let ports: PortMap

    /// `ports`: those of the plan's links, unless others are given.
    public init(plan: ClusterPlan, ports: PortMap? = nil) {
        self.plan = plan
        self.ports = ports ?? PortMap(layout: RankLayout(plan), links: plan.links)
    }

    /// The programs of a step with these inputs, index = rank; `algorithm` stands in place of the
    /// plan's.
    ///
    /// - Throws: `ExchangeTooLong` where emulated time cannot tell how long it takes, `Stall` where
    ///   `auto` predicts and the machines come to a stop.
    public func compile(
        _ inputs: [RankInput],
        _ shape: StepShape,
        _ algorithm: ExchangeAlgorithm? = nil
    ) throws -> CompiledStep {
        let algorithm = algorithm ?? plan.exchange.algorithm
        let demand = StepDemand(inputs, shape: shape, plan: plan)
        try ExchangeTooLong.check(demand.matrix, over: ports)
        if case .allReduce(let reduction) = shape {
            return CompiledStep(
                programs: demand.programs(.direct, over: ports),
                choice: AlgorithmChoice(
                    .direct,
                    reason: "a \(reduction.algorithm.rawValue) all-reduce has its own stages"
                )
            )
        }
        guard algorithm == .auto else {
            return CompiledStep(
                programs: demand.programs(algorithm, over: ports),
                choice: AlgorithmChoice(algorithm, reason: "set in the configuration")
            )
        }
        // Leads are measured: what is chosen must not hang on them, or two runs of one seed differ.
        let level = inputs.map { input in
            var input = input
            input.lead = .zero
            return input
        }
        let prediction = try AlgorithmPrediction(
            StepDemand(level, shape: shape, plan: plan),
            over: ports,
            chunk: plan.exchange.chunk
        )
        return CompiledStep(
            programs: demand.programs(prediction.choice.algorithm, over: ports),
            choice: prediction.choice
        )
    }
}
