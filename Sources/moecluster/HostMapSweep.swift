import ClusterModel
import ClusterRuntime
import Evaluation
import Exchange
import Links
import Report

/// Small exchanges of clusters of several sizes at several dilations.
struct HostMapSweep {
    let host: HostCapacity

    private static let worlds = [4, 8, 16, 32, 64]
    private static let npus = 4
    /// Dilations as shares of the one that would be found.
    private static let shares = [4, 1, 0.25, 0.0625, 0.015625]
    private static let iterations = 3
    /// Of all ranks together, so that runs are about as long.
    private static let bytes = 32 << 20
    /// Of a pair at least: a shorter exchange is sent early as a whole, and says nothing.
    private static let pairMin = 128 << 10

    /// `plan`: the links to play; its size is replaced.
    func rows(_ plan: ClusterPlan, _ progress: (String) -> Void) throws -> [HostMapRow] {
        var rows: [HostMapRow] = []
        for world in Self.worlds where world <= LargestCluster(host).workers {
            let plan = sized(plan, world)
            let pair = max(Self.pairMin, Self.bytes / (world * world))
            let matrix = BenchCase.pairs(pair, text: "", world: world).matrix(0)
            let programs = try ExchangePrediction(plan: plan).compile(matrix, .direct).programs
            let found = try Dilation(plan, host, steps: [programs]).value
            for share in Self.shares where found * share >= 1 {
                progress("\(world) workers at a dilation of \(Int(found * share))")
                rows.append(try row(plan, matrix, found: found, share: share))
            }
        }
        return rows
    }

    private func sized(_ plan: ClusterPlan, _ world: Int) -> ClusterPlan {
        var plan = plan
        plan.npusPerNode = Self.npus
        plan.nodes = world / Self.npus
        plan.parallel = ParallelDegrees(tp: 1, ep: world, dp: 1)
        plan.model.experts = world
        plan.routing.routers = []
        plan.dilation = .auto
        return plan
    }

    private func row(
        _ plan: ClusterPlan,
        _ matrix: TrafficMatrix,
        found: Double,
        share: Double
    ) throws -> HostMapRow {
        var plan = plan
        plan.dilation = .fixed(found * share)
        let prediction = ExchangePrediction(plan: plan)
        let cluster = try BenchCluster(plan: plan, largest: matrix, typical: [])
        defer { cluster.shutDown() }
        _ = try cluster.exchange(matrix, .direct, isWarmup: true)
        let simulated = try prediction.sample(matrix, .direct).simulated
        let samples = try (0..<Self.iterations).map { _ in
            BenchSample(
                matrix: matrix,
                outcome: try cluster.exchange(matrix, .direct),
                simulated: simulated
            )
        }
        let ports = PortMap(layout: RankLayout(plan), links: plan.links)
        let verdict = BenchEvaluation(samples, over: ports).verdict
        let seconds = (simulated ?? .zero).seconds * cluster.dilation
        return HostMapRow(
            workers: plan.world,
            dilation: cluster.dilation,
            dilationShare: share,
            hostGbps: Double(matrix.total) / max(seconds, 1e-9) / 1e9,
            differs: verdict.error,
            lateness: verdict.share,
            cpuBusy: verdict.cpuBusy,
            isTrusted: verdict.isTrusted
        )
    }
}
