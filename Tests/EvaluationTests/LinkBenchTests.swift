// Links measured in virtual time are as configured: what is left is the host's.

import ClusterModel
import Evaluation
import Exchange
import Links
import Report
import Simulation
import Testing

private func ports(_ preset: Preset, nodes: Int, npus: Int, leaf: LeafUplink? = nil) -> PortMap {
    let world = nodes * npus
    let layout = RankLayout(
        nodes: nodes,
        npusPerNode: npus,
        parallel: ParallelDegrees(tp: 1, ep: world, dp: 1),
        experts: world
    )
    var links = preset.links
    if let leaf { links?.uplink = leaf }
    guard let links else { fatalError("\(preset) has no links") }
    return PortMap(layout: layout, links: links)
}

private func measured(_ probe: LinkProbe, _ ports: PortMap) throws -> LinkBenchRow {
    let samples = try LinkEvaluation.sizes.map { bytes in
        let matrix = probe.matrix(bytes)
        var simulation = StepSimulation(
            programs: LayerProgram.bare(matrix, .direct, over: ports),
            ports: ports,
            chunk: ByteCount(64 * 1024)
        )
        let ends = try simulation.run().stageEnds
        return [BenchSample(matrix: matrix, stageEnds: ends, algorithm: .direct)]
    }
    return LinkEvaluation(probe, samples).row
}

@Suite struct `Probes of links` {
    @Test func `find every class of a 910a with leaves`() {
        let ports = ports(
            .ascend910A,
            nodes: 2,
            npus: 8,
            leaf: LeafUplink(nodesPerLeaf: 1, oversubscription: 4)
        )
        let probes = LinkProbe.all(over: ports)
        #expect(
            probes.map(\.link) == [
                "hccs", "hccs", "pcie", "pcie", "roce", "roce", "uplink", "uplink",
            ]
        )
        #expect(probes.map(\.flows.count) == [1, 3, 1, 4, 1, 4, 1, 8])
        let rates = probes.map { ($0.configuredRate * 10).rounded() / 10 }
        #expect(rates == [30, 90, 32, 32, 12.5, 12.5, 12.5, 25])
    }

    @Test func `find a port for all on a plane, and no RoCE inside it`() {
        let probes = LinkProbe.all(over: ports(.cloudMatrix384, nodes: 2, npus: 4))
        #expect(probes.map(\.link) == ["hccs", "hccs"])
        #expect(probes.map { $0.configuredRate.rounded() } == [392, 392])
    }

    @Test func `find nothing where one NPU stands alone`() {
        #expect(LinkProbe.all(over: ports(.ascend910B3, nodes: 1, npus: 1)).isEmpty)
    }

    @Test(arguments: [
        (Preset.ascend910B3, 2, 4), (.ascend910A, 2, 8), (.cloudMatrix384, 2, 4),
        (.ascend910A, 8, 2),
    ])
    func `measure what is configured, in virtual time`(
        preset: Preset,
        nodes: Int,
        npus: Int
    ) throws {
        let ports = ports(preset, nodes: nodes, npus: npus)
        for probe in LinkProbe.all(over: ports) {
            let row = try measured(probe, ports)
            #expect(abs(row.bandwidthDiffers) < 0.01, "\(row)")
            #expect(abs(row.latencyDiffers) < 0.01, "\(row)")
        }
    }
}
