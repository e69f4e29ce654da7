import ClusterModel
import Exchange
import Links
import Testing

/// A cluster, its matrix by formula and the bounds that numpy finds for it.
struct BoundCase: Sendable {
    let nodes: Int
    let npus: Int
    let seed: Int
    let topology: HCCSTopology
    /// Picoseconds.
    let direct: Int64
    let relayed: Int64

    var matrix: TrafficMatrix {
        let world = nodes * npus
        return TrafficMatrix(
            rows: (0..<world).map { i in
                (0..<world).map { j in
                    let bytes = (i * 7_919 + j * 104_729 + seed * 31) % 1_000 * 1_000
                    return (i + j + seed) % 4 == 0 ? 0 : bytes
                }
            }
        )
    }

    /// By numpy 2.4.6: off-diagonal sums by row, column and block of nodes, over 28 and 25 GB/s.
    static let all = [
        BoundCase(
            nodes: 2,
            npus: 4,
            seed: 1,
            topology: .mesh,
            direct: 103_920_000,
            relayed: 70_280_000
        ),
        BoundCase(
            nodes: 4,
            npus: 4,
            seed: 2,
            topology: .mesh,
            direct: 247_440_000,
            relayed: 195_200_000
        ),
        BoundCase(
            nodes: 8,
            npus: 2,
            seed: 3,
            topology: .switch,
            direct: 292_600_000,
            relayed: 269_080_000
        ),
        BoundCase(
            nodes: 1,
            npus: 8,
            seed: 4,
            topology: .mesh,
            direct: 35_250_000,
            relayed: 21_918_367
        ),
        BoundCase(
            nodes: 1,
            npus: 8,
            seed: 4,
            topology: .switch,
            direct: 153_428_571,
            relayed: 153_428_571
        ),
        BoundCase(
            nodes: 3,
            npus: 5,
            seed: 5,
            topology: .switch,
            direct: 214_920_000,
            relayed: 167_376_000
        ),
    ]
}

@Suite struct `What no schedule can beat` {
    @Test(arguments: BoundCase.all)
    func `is what numpy finds`(sample: BoundCase) throws {
        let ports = try ports(
            nodes: sample.nodes,
            npus: sample.npus,
            topology: sample.topology
        )
        let bound = LowerBound(of: sample.matrix, over: ports)
        #expect(bound.direct.picoseconds == sample.direct)
        #expect(bound.relayed.picoseconds == sample.relayed)
    }

    @Test func `is the busiest NIC between nodes`() throws {
        // Rank 0 sends 50,000 B over its NIC (2 µs), rank 3 receives 75,000 (3 µs); relayed,
        // node 0 sends 75,000 over two NICs (1.5 µs).
        let matrix = TrafficMatrix(
            rows: [[0, 0, 0, 50_000], [0, 0, 0, 25_000], [0, 0, 0, 0], [0, 0, 0, 0]]
        )
        let bound = LowerBound(of: matrix, over: try ports(nodes: 2, npus: 2))
        #expect(bound.direct.picoseconds == 3_000_000)
        #expect(bound.relayed.picoseconds == 1_500_000)
    }

    @Test func `is the busiest pair on a mesh, and the busiest NPU on a switch`() throws {
        let matrix = TrafficMatrix(rows: [[0, 28_000, 56_000], [0, 0, 28_000], [0, 0, 0]])
        let mesh = LowerBound(of: matrix, over: try ports(nodes: 1, npus: 3))
        #expect(mesh.direct.picoseconds == 2_000_000)
        let shared = LowerBound(of: matrix, over: try ports(nodes: 1, npus: 3, topology: .switch))
        #expect(shared.direct.picoseconds == 3_000_000)
    }

    @Test func `of relays is the busiest rank over all of its ports`() throws {
        // 56,000 B from 0 to 1: over two links of 28 GB/s, or one and a NIC of 25.
        let matrix = TrafficMatrix(rows: [[0, 56_000, 0], [0, 0, 0], [0, 0, 0]])
        let mesh = LowerBound(of: matrix, over: try ports(nodes: 1, npus: 3))
        #expect(mesh.direct.picoseconds == 2_000_000 && mesh.relayed.picoseconds == 1_000_000)
        var rows = Array(repeating: [0, 0, 0, 0], count: 4)
        rows[0][2] = 106_000
        let far = TrafficMatrix(rows: rows)
        let nodes = LowerBound(of: far, over: try ports(nodes: 2, npus: 2, topology: .switch))
        // Both NICs of the node would do it in 2.12 us; the rank has a port of 28 GB/s and its NIC.
        #expect(nodes.direct.picoseconds == 4_240_000 && nodes.relayed.picoseconds == 2_120_000)
    }

    @Test func `of relays is all that joins a quad with others`() throws {
        // 82,000 B for rank 1: four NICs of 12.5 GB/s, and from the other quad's NICs PCIe of 32.
        var matrix = TrafficMatrix(size: 16)
        matrix[Rank(8), Rank(1)] = 82_000
        let ports = PortMap(
            layout: try ports(nodes: 2, npus: 8).layout,
            links: try #require(Preset.ascend910A.links)
        )
        #expect(LowerBound(of: matrix, over: ports).relayed.picoseconds == 1_000_000)
        #expect(LowerBound(of: matrix.transposed, over: ports).relayed.picoseconds == 1_000_000)
    }

    @Test func `is nothing for bytes that stay at home`() throws {
        let matrix = TrafficMatrix(rows: [[1 << 30, 0], [0, 1 << 30]])
        let bound = LowerBound(of: matrix, over: try ports(nodes: 2, npus: 1))
        #expect(bound.direct == .zero)
        #expect(bound.relayed == .zero)
    }

    @Test(arguments: BoundCase.all)
    func `is never raised by relaying, and is the same for the way back`(sample: BoundCase) throws {
        let ports = try ports(
            nodes: sample.nodes,
            npus: sample.npus,
            topology: sample.topology
        )
        let bound = LowerBound(of: sample.matrix, over: ports)
        #expect(bound.relayed <= bound.direct)
        #expect(LowerBound(of: sample.matrix.transposed, over: ports) == bound)
    }
}
