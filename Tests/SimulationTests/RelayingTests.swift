import ClusterModel
import Exchange
import Links
import Testing
import Workloads

/// An exchange in which NICs of other ranks can help.
struct UnevenStep: Sendable {
    let workload: SyntheticWorkload
    let seed: UInt64

    static let all = [
        UnevenStep(workload: .hotRank, seed: 1),
        UnevenStep(workload: .hotRank, seed: 2),
        UnevenStep(workload: .raggedSources, seed: 1),
    ]
}

/// Expects that relaying has something to gain and gets all of it but so much.
private func expectBalanced(
    _ matrix: TrafficMatrix,
    over ports: PortMap,
    within factor: Double
) throws {
    let bound = LowerBound(of: matrix, over: ports)
    // The direct way cannot come near.
    #expect(bound.direct.seconds > 1.3 * bound.relayed.seconds)
    let measured = try time(LayerProgram.bare(matrix, .balanced, over: ports), over: ports)
    #expect(measured >= bound.relayed)
    #expect(measured.seconds < factor * bound.relayed.seconds)
}

@Suite struct `Exchanges over NICs of others` {
    @Test(arguments: UnevenStep.all)
    func `balanced come within 3 % of their bound`(step: UnevenStep) throws {
        let cluster = try BarePlan(nodes: 4, npus: 4)
        let matrix = cluster.matrix(step.workload, mean: 4 << 20, seed: step.seed)
        try expectBalanced(matrix, over: cluster.ports, within: 1.03)
    }

    @Test(arguments: [SyntheticWorkload.hotExperts, .hotRank, .spreadHot, .raggedSources])
    func `balanced see what quads share`(workload: SyntheticWorkload) throws {
        let cluster = try BarePlan(nodes: 2, npus: 8)
            .over(try #require(Preset.ascend910A.links))
        let matrix = cluster.matrix(workload, mean: 2 << 20)
        try expectBalanced(matrix, over: cluster.ports, within: 1.05)
    }

    @Test(arguments: [2, 4])
    func `groupwise take a share of the direct way's time`(tp: Int) throws {
        let cluster = try BarePlan(nodes: 2, npus: tp, tp: tp)
        var matrix = TrafficMatrix(size: 2 * tp)
        for place in 0..<tp {
            matrix[Rank(place), Rank(tp + place)] = 16 << 20
            matrix[Rank(tp + place), Rank(place)] = 16 << 20
        }
        let ports = cluster.ports
        let direct = try time(LayerProgram.bare(matrix, .direct, over: ports), over: ports)
        let shared = try time(LayerProgram.bare(matrix, .groupwise, over: ports), over: ports)
        let wires = ports.links.roce.latency + ports.links.hccs.latency
        let share = (direct - ports.links.roce.latency).seconds / Double(tp)
        #expect((shared - wires).seconds >= share)
        // The last chunk has a link inside the node to cross, too.
        #expect((shared - wires).seconds < 1.03 * share)
    }
}
