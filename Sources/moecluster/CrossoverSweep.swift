import ClusterModel
import Exchange
import Links
import Report
import Simulation

/// Direct against hierarchical over message size and number of nodes, in virtual time.
struct CrossoverSweep {
    let plan: ClusterPlan

    private static let nodes = [2, 4, 8, 16]
    private static let sizes = [256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20]
    /// With more chunks, larger ones are played instead.
    private static let chunksMax = 100_000
    /// Ranks beyond which the sweep would take minutes.
    private static let ranksMax = 128

    func rows(_ progress: (String) -> Void) throws -> [CrossoverRow] {
        var rows: [CrossoverRow] = []
        for nodes in Self.nodes where nodes * plan.npusPerNode <= Self.ranksMax {
            let world = nodes * plan.npusPerNode
            let layout = RankLayout(
                nodes: nodes,
                npusPerNode: plan.npusPerNode,
                parallel: ParallelDegrees(tp: 1, ep: world, dp: 1),
                experts: world
            )
            let ports = PortMap(layout: layout, links: plan.links)
            let link = ports.link(Rank(0), Rank(world - 1))
            for size in Self.sizes {
                progress("\(world) ranks, \(size) bytes a pair")
                rows.append(
                    CrossoverRow(
                        ranks: world,
                        nodes: nodes,
                        bytesPair: size,
                        directUs: try time(.direct, size, ports),
                        hierarchicalUs: try time(.hierarchical, size, ports),
                        link: link.rawValue,
                        messageOverheadUs: ports.rate(of: link).messageOverhead.microseconds
                    )
                )
            }
        }
        return rows
    }

    private func time(
        _ algorithm: ExchangeAlgorithm,
        _ size: Int,
        _ ports: PortMap
    ) throws -> Double {
        let world = ports.layout.world
        let row = Array(repeating: size, count: world)
        let matrix = TrafficMatrix(rows: Array(repeating: row, count: world))
        try ExchangeTooLong.check(matrix, over: ports)
        let chunk = max(plan.exchange.chunk.value, matrix.total / Self.chunksMax)
        var simulation = StepSimulation(
            programs: LayerProgram.bare(matrix, algorithm, over: ports),
            ports: ports,
            chunk: ByteCount(min(1 << 28, chunk))
        )
        let ends = try simulation.run().stageEnds.compactMap { $0.max() }
        return ((ends.max() ?? .zero) - Instant.zero).microseconds
    }
}
