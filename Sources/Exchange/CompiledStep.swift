import ClusterModel
import Links

/// A step ready to be played: a program for each rank.
public struct CompiledStep: Sendable {
    public let programs: [RankProgram]
    public let choice: AlgorithmChoice

    public init(programs: [RankProgram], choice: AlgorithmChoice) {
        self.programs = programs
        self.choice = choice
    }
}

/// What a step exchanges and computes, before anybody has decided how it travels.
public struct StepDemand: Sendable {
    public let inputs: [RankInput]
    /// Bytes of the dispatch exchange.
    public let matrix: TrafficMatrix
    private let cut: MessageCut

    public init(_ inputs: [RankInput], plan: ClusterPlan) {
        self.inputs = inputs
        matrix = TrafficMatrix(rows: inputs.map(\.send))
        cut = MessageCut(parts: plan.exchange.pipeline, unit: plan.model.tokenBytes.value)
    }

    /// Whether it is an exchange alone, without experts.
    public var isBare: Bool { inputs.allSatisfy(\.kept.isEmpty) }

    /// The programs that play it by one algorithm.
    public func programs(
        _ algorithm: ExchangeAlgorithm,
        over ports: PortMap
    ) -> [RankProgram] {
        guard !isBare else { return LayerProgram.bare(matrix, algorithm, over: ports) }
        return LayerProgram.layer(
            gates: inputs.map(\.gate),
            experts: inputs.map(\.expert),
            matrix: matrix,
            algorithm,
            over: ports,
            cut: cut
        )
    }
}
