import ClusterModel
import Links

/// A step ready to be played: a program for each rank.
public struct CompiledStep: Sendable {
    public let programs: [RankProgram]
    public var choice: AlgorithmChoice

    public init(programs: [RankProgram], choice: AlgorithmChoice) {
        self.programs = programs
        self.choice = choice
    }
}

/// What kind of work a step is.
public enum StepShape: Sendable, Hashable {
    /// An exchange alone.
    case exchange
    /// Gate, dispatch, experts, combine.
    case layer
    /// Candidates to the experts and verdicts back: nobody is admitted before all have come, so
    /// these exchanges are never cut.
    case admission
    case allReduce(AllReduce)

    /// Whether something goes to experts and comes back.
    public var visitsExperts: Bool {
        switch self {
        case .layer, .admission: true
        case .exchange, .allReduce: false
        }
    }
}

/// What a step exchanges and computes, before anybody has decided how it travels.
public struct StepDemand: Sendable {
    public let inputs: [RankInput]
    public let shape: StepShape
    /// Bytes of the dispatch exchange; of an all-reduce, of all its stages.
    public let matrix: TrafficMatrix
    private let cut: MessageCut
    private let tokenBytes: Int

    public init(_ inputs: [RankInput], shape: StepShape, plan: ClusterPlan) {
        self.inputs = inputs
        self.shape = shape
        matrix = TrafficMatrix(rows: inputs.map(\.send))
        tokenBytes = plan.model.tokenBytes.value
        let parts = shape == .admission ? 1 : plan.exchange.pipeline
        cut = MessageCut(parts: parts, unit: tokenBytes)
    }

    /// Whether it is an exchange alone, without experts.
    public var isBare: Bool { shape == .exchange }

    /// The copies that are enough if a token crosses to a node once; `nil` where that saves nothing.
    private func copies(over ports: PortMap) -> TokenCopies? {
        TokenCopies(inputs, layout: ports.layout, tokenBytes: tokenBytes)
    }

    /// The programs that play it by one algorithm; an all-reduce brings its own.
    public func programs(
        _ algorithm: ExchangeAlgorithm,
        over ports: PortMap
    ) -> [RankProgram] {
        switch shape {
        case .exchange:
            LayerProgram.bare(matrix, algorithm, over: ports)
        case .layer, .admission:
            LayerProgram.layer(
                leads: inputs.map(\.lead),
                gates: inputs.map(\.gate),
                experts: inputs.map(\.expert),
                matrix: matrix,
                algorithm,
                over: ports,
                cut: cut,
                copies: algorithm == .rail ? copies(over: ports) : nil
            )
        case .allReduce(let reduction):
            LayerProgram.reduction(
                leads: inputs.map(\.lead),
                gates: inputs.map(\.gate),
                reduction,
                over: ports
            )
        }
    }
}
