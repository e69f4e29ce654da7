// Cases exchanged by algorithms, again and again, in the manner of nccl-tests.

import ClusterModel
import Evaluation
import Exchange
import Links
import Report

/// A bench of some cases by some algorithms.
struct ExchangeBench {
    let plan: ClusterPlan
    let cases: [BenchCase]
    let algorithms: [ExchangeAlgorithm]
    let iterations: Int
    let warmup: Int

    private var layout: RankLayout { RankLayout(plan) }

    /// The rows, a case after the other, and the verdict of the row that is worst off.
    struct Result {
        var rows: [BenchRow] = []
        var verdict: Fidelity?
        /// Why it ended before its last exchange: what was measured until then is in the rows.
        var failure: (any Error)?
    }

    /// On workers.
    func measure(isUnshaped: Bool, _ console: Console) throws -> Result {
        let prediction = ExchangePrediction(plan: plan)
        let cluster = try launch(prediction, isUnshaped)
        defer { cluster.shutDown() }
        console.info("\(plan.world) workers, mesh ready after \(cluster.launchMilliseconds) ms")
        return try evaluate(isShaped: !isUnshaped, dilation: cluster.dilation) { work in
            console.progress("exchange \(work.number) of \(work.count)  \(work.algorithm.rawValue)")
            let outcome = try cluster.exchange(
                work.matrix,
                work.algorithm,
                isWarmup: work.isWarmup
            )
            // Warm-up is measured by nobody: nothing has to be expected of it.
            let simulated =
                isUnshaped || work.isWarmup
                ? nil : try prediction.sample(work.matrix, work.algorithm).simulated
            return BenchSample(matrix: work.matrix, outcome: outcome, simulated: simulated)
        }
    }

    /// In virtual time.
    func simulate() throws -> Result {
        let prediction = ExchangePrediction(plan: plan)
        var result = try evaluate(isShaped: true, dilation: 1) { work in
            try prediction.sample(work.matrix, work.algorithm)
        }
        result.verdict = nil
        return result
    }

    private func launch(
        _ prediction: ExchangePrediction,
        _ isUnshaped: Bool
    ) throws -> BenchCluster {
        let matrices = cases.map { $0.matrix(0) }
        let largest = matrices.max { $0.total < $1.total } ?? TrafficMatrix(size: plan.world)
        var steps: [[RankProgram]] = []
        for matrix in matrices where !isUnshaped {
            for algorithm in algorithms {
                steps.append(try prediction.compile(matrix, algorithm).programs)
            }
        }
        return try BenchCluster(
            plan: plan,
            largest: largest,
            typical: steps,
            isUnshaped: isUnshaped
        )
    }

    // MARK: Order of play

    /// One exchange to play.
    private struct Work {
        var matrix: TrafficMatrix
        var algorithm: ExchangeAlgorithm
        var isWarmup: Bool
        var number: Int
        var count: Int
    }

    /// Algorithms take turns (A B C A B C), so that whatever disturbs the host disturbs all alike.
    private func evaluate(
        isShaped: Bool,
        dilation: Double,
        _ play: (Work) throws -> BenchSample
    ) throws -> Result {
        var result = Result()
        var worst: FidelityVerdict?
        for bench in cases where result.failure == nil {
            var samples: [[BenchSample]] = algorithms.map { _ in [] }
            do {
                try fill(&samples, with: bench, play)
            } catch {
                result.failure = error
            }
            let ports = isShaped ? PortMap(layout: layout, links: plan.links) : nil
            for (algorithm, samples) in zip(algorithms, samples) where !samples.isEmpty {
                let evaluation = BenchEvaluation(samples, over: ports)
                result.rows.append(
                    evaluation.row(workload: bench.name, asked: algorithm, layout: layout)
                )
                let verdict = evaluation.verdict
                if worst.map({ verdict.badness > $0.badness }) ?? true { worst = verdict }
            }
        }
        if isShaped { result.verdict = worst?.report(dilation: dilation) }
        return result
    }

    /// Fills in [algorithm][iteration], without warm-up, as far as it comes.
    private func fill(
        _ samples: inout [[BenchSample]],
        with bench: BenchCase,
        _ play: (Work) throws -> BenchSample
    ) throws {
        let rounds = warmup + iterations
        for round in 0..<rounds {
            let isWarmup = round < warmup
            let matrix = bench.matrix(isWarmup ? round : round - warmup)
            for (index, algorithm) in algorithms.enumerated() {
                let sample = try play(
                    Work(
                        matrix: matrix,
                        algorithm: algorithm,
                        isWarmup: isWarmup,
                        number: round * algorithms.count + index + 1,
                        count: rounds * algorithms.count
                    )
                )
                if !isWarmup { samples[index].append(sample) }
            }
        }
    }
}

extension FidelityVerdict {
    /// How near it is to being suspect: 1 where it turns.
    var badness: Double { max(share / Self.latenessShareMax, error / Self.errorMax) }
}
