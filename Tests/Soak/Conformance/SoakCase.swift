// One step of a random cluster, all from a seed: its shape, its links, its traffic, how it travels.

import ClusterModel
import Exchange
import Links

/// A step to play.
public struct SoakCase: Sendable, CustomStringConvertible {
    public let seed: UInt64
    public let ports: PortMap
    public let algorithm: ExchangeAlgorithm
    public let matrix: TrafficMatrix
    public let chunk: ByteCount
    /// Parts of a layer's exchanges; 0: a bare exchange.
    public let parts: Int
    public let programs: [RankProgram]

    public static let algorithms = ExchangeAlgorithm.allCases.filter { $0 != .auto }

    /// A given algorithm stands in place of the drawn one; with larger chunks there are fewer.
    public init(seed: UInt64, algorithm: ExchangeAlgorithm? = nil, chunkMin: Int = 100) {
        var random = SeededRandom(seed: seed)
        let layout = SoakCluster.layout(&random)
        let ports = PortMap(layout: layout, links: SoakCluster.links(layout, &random))
        let drawn = Self.algorithms[random.next(below: Self.algorithms.count)]
        let algorithm = algorithm ?? drawn
        let matrix = SoakMatrix.matrix(layout, isGrouped: algorithm == .groupwise, &random)
        chunk = ByteCount(max(chunkMin, [100, 512, 1_000, 4_096][random.next(below: 4)]))
        parts = random.next(below: 3) == 0 ? 0 : 1 + random.next(below: 8)
        self.seed = seed
        self.ports = ports
        self.algorithm = algorithm
        self.matrix = matrix
        programs =
            parts == 0
            ? LayerProgram.bare(matrix, algorithm, over: ports)
            : LayerProgram.layer(
                gates: Self.waits(layout.world, &random),
                experts: Self.waits(layout.world, &random),
                matrix: matrix,
                algorithm,
                over: ports,
                cut: MessageCut(parts: parts, unit: [1, 8, 100][random.next(below: 3)])
            )
    }

    private static func waits(_ world: Int, _ random: inout SeededRandom) -> [Interval] {
        let most = [1, 1_000_000, 40_000_000][random.next(below: 3)]
        return (0..<world).map { _ in Interval(picoseconds: Int64(random.next(below: most))) }
    }

    public var description: String {
        let layout = ports.layout
        return "seed \(seed): \(algorithm.rawValue) on \(layout.nodes) x \(layout.npusPerNode) "
            + "\(ports.links.topology.rawValue), tp \(layout.parallel.tp), planes of "
            + "\(ports.links.planeNodes), \(ports.sharedPortCount) shared ports, chunks of "
            + "\(chunk.value) B, \(parts) parts"
    }
}
