import ArgumentParser
import ClusterModel
import Evaluation
import Exchange
import Links
import Report
import ResultFiles

/// `moecluster bench links`.
struct LinksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "links",
        abstract: "Every class of link of the plan: configured and measured rate and latency.",
        discussion: "One flow alone, then several at once through one port."
    )

    @OptionGroup var plan: PlanOptions
    @Option(help: "Measured exchanges of each size.") var iterations = 5
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func validate() throws {
        guard (1...10_000).contains(iterations) else {
            throw ValidationError("--iterations: expected 1 to 10000")
        }
    }

    func run() throws {
        let console = speech.console
        var plan = try plan.plan(console)
        plan.routing.routers = []
        try Exit.onFailure(console) {
            let bench = LinkBench(plan: plan, iterations: iterations)
            guard !bench.probes.isEmpty else {
                throw PreflightProblem(description: "one NPU has no links: take more")
            }
            let rows = simulate ? try bench.simulate() : try bench.measure(console)
            try console.result(json ? JSONText.encode(rows) : LinkBenchTable.text(of: rows))
            let wrong = rows.reduce(0) { $0 + $1.wrong }
            guard wrong == 0 else {
                console.error("\(wrong) stretches of bytes were not as sent")
                throw Exit.failed
            }
        }
    }
}

/// Probes of all classes of link, in every size, again and again.
struct LinkBench {
    let plan: ClusterPlan
    let iterations: Int

    /// A timer's overshoot, some 50 µs of the host, is then below 1 % of a latency of 3 µs.
    private static let dilationMin = 2000.0

    var probes: [LinkProbe] {
        LinkProbe.all(over: PortMap(layout: RankLayout(plan), links: plan.links))
    }

    /// On workers, every exchange by the direct way.
    func measure(_ console: Console) throws -> [LinkBenchRow] {
        let prediction = ExchangePrediction(plan: plan)
        let matrices = probes.map { $0.matrix(LinkEvaluation.sizes.max() ?? 0) }
        let cluster = try BenchCluster(
            plan: plan,
            largest: matrices.max { $0.total < $1.total } ?? TrafficMatrix(size: plan.world),
            typical: try matrices.map { try prediction.compile($0, .direct).programs },
            dilationMin: Self.dilationMin
        )
        defer { cluster.shutDown() }
        return try rows { probe, matrix in
            console.progress("\(probe.link), \(probe.flows.count) flows")
            return BenchSample(
                matrix: matrix,
                outcome: try cluster.exchange(matrix, .direct),
                simulated: try prediction.sample(matrix, .direct).time
            )
        }
    }

    /// In virtual time.
    func simulate() throws -> [LinkBenchRow] {
        let prediction = ExchangePrediction(plan: plan)
        return try rows { _, matrix in try prediction.sample(matrix, .direct) }
    }

    /// Probes take turns, so that whatever disturbs the host disturbs all alike.
    private func rows(
        _ play: (LinkProbe, TrafficMatrix) throws -> BenchSample
    ) throws -> [LinkBenchRow] {
        let probes = probes
        var samples = probes.map { _ in LinkEvaluation.sizes.map { _ in [BenchSample]() } }
        for _ in 0..<iterations {
            for (index, probe) in probes.enumerated() {
                for (size, bytes) in LinkEvaluation.sizes.enumerated() {
                    samples[index][size].append(try play(probe, probe.matrix(bytes)))
                }
            }
        }
        return zip(probes, samples).map { LinkEvaluation($0, $1).row }
    }
}
