// What an exchange takes in virtual time. The one place of the bench that knows how programs are
// made and played.

import ClusterModel
import Evaluation
import Exchange
import Links
import Simulation

/// Plays exchanges of a plan in virtual time.
final class ExchangePrediction {
    private let plan: ClusterPlan
    private let ports: PortMap
    /// The last one of each algorithm: most benches exchange one matrix again and again.
    private var latest: [ExchangeAlgorithm: BenchSample] = [:]

    init(plan: ClusterPlan) {
        self.plan = plan
        ports = PortMap(layout: RankLayout(plan), links: plan.links)
    }

    /// The programs of all ranks, index = rank, and what `auto` chose.
    func compile(
        _ matrix: TrafficMatrix,
        _ algorithm: ExchangeAlgorithm
    ) throws -> CompiledStep {
        let inputs = ports.layout.ranks.map { rank in
            RankInput(
                send: matrix.row(rank),
                kept: [],
                offered: 0,
                dropped: 0,
                capacity: 0,
                gate: .zero,
                expert: .zero,
                bufferBytes: 0
            )
        }
        return try StepCompiler(plan: plan, ports: ports).compile(inputs, .exchange, algorithm)
    }

    func sample(_ matrix: TrafficMatrix, _ algorithm: ExchangeAlgorithm) throws -> BenchSample {
        if let sample = latest[algorithm], sample.matrix == matrix { return sample }
        let step = try compile(matrix, algorithm)
        var simulation = StepSimulation(
            programs: step.programs,
            ports: ports,
            chunk: plan.exchange.chunk
        )
        let sample = BenchSample(
            matrix: matrix,
            stageEnds: try simulation.run().stageEnds,
            algorithm: step.choice.algorithm
        )
        latest[algorithm] = sample
        return sample
    }
}
