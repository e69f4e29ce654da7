import ClusterModel

/// Random shapes and links of clusters.
enum SoakCluster {
    static func layout(_ random: inout SeededRandom) -> RankLayout {
        let shapes = [
            (1, 1), (1, 2), (1, 5), (1, 8), (2, 1), (5, 1), (2, 2), (2, 4), (3, 3), (4, 2), (2, 8),
            (3, 5), (4, 4),
        ]
        let (nodes, npus) = shapes[random.next(below: shapes.count)]
        let world = nodes * npus
        let fitting = [1, 2, 4].filter { npus % $0 == 0 }
        let tp = fitting[random.next(below: fitting.count)]
        return RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: tp, ep: world / tp, dp: 1),
            experts: world / tp
        )
    }

    static func links(_ layout: RankLayout, _ random: inout SeededRandom) -> LinkSettings {
        let topology = HCCSTopology.allCases[random.next(below: 3)]
        let nodes = layout.nodes
        // An HCCS plane over nodes is a switch.
        let hasPlanes = topology == .switch && random.next(below: 2) == 0
        let planes = [1, 2, nodes].filter { nodes % $0 == 0 }
        return LinkSettings(
            hccs: rate(&random),
            topology: topology,
            planeNodes: hasPlanes ? planes[random.next(below: planes.count)] : 1,
            pcie: topology == .quads ? rate(&random) : nil,
            roce: rate(&random),
            uplink: random.next(below: 3) == 0
                ? LeafUplink(
                    nodesPerLeaf: 1 + random.next(below: nodes),
                    oversubscription: 1 + Double(random.next(below: 4))
                ) : nil
        )
    }

    private static func rate(_ random: inout SeededRandom) -> LinkRate {
        let speeds: [Int64] = [1_000_000_000, 12_500_000_000, 28_000_000_000, 7_777_777_777]
        return LinkRate(
            bandwidth: Bandwidth(bytesPerSecond: speeds[random.next(below: 4)]),
            latency: Interval(picoseconds: Int64(random.next(below: 3) * 1_500_000)),
            messageOverhead: Interval(picoseconds: Int64(random.next(below: 3) / 2 * 70_000))
        )
    }
}
