// The sections of [links] that a plan has or not, and what they must be to one another.

import ClusterModel
import Testing

@testable import Configuration

@Suite struct `Links of a plan` {
    @Test(arguments: [
        Mistake(
            text:
                "[cluster]\nnpus_per_node = 12\npreset = \"custom\"\n[model]\npeak = \"1 TFLOPS\"\n"
                + "experts = 24\n[links]\nhccs = {bandwidth = \"1 GB/s\", latency = \"1 us\", "
                + "topology = \"quads\"}\npcie = {bandwidth = \"1 GB/s\", latency = \"1 us\"}\n"
                + "roce = {bandwidth = \"1 GB/s\", latency = \"1 us\"}",
            says: "cluster.toml:8: links.hccs.topology: 12 NPUs a node do not fit in two quads; "
                + "expected npus_per_node to be at most 8, or another topology"
        ),
        Mistake(
            text: "[links.hccs]\ntopology = \"quads\"",
            says: "cluster.toml:2: links.hccs.topology: \"quads\" without what joins them; "
                + "expected bandwidth and latency under [links.pcie]"
        ),
        Mistake(
            text: "[links.pcie]\nbandwidth = \"32 GB/s\"",
            says: "cluster.toml:2: links.pcie.bandwidth: PCIe joins quads, and the topology is "
                + "\"mesh\"; expected links.hccs.topology = \"quads\", or no section [links.pcie]"
        ),
        Mistake(
            text: "[links.hccs]\nnodes = 2",
            says: "cluster.toml:2: links.hccs.nodes: a \"mesh\" cannot join 2 nodes; "
                + "expected nodes = 1, or the topology \"switch\""
        ),
        Mistake(
            text: "[links.uplink]\noversubscription = 2",
            says: "cluster.toml:2: links.uplink.oversubscription: an uplink of leaves of unknown "
                + "size; expected nodes_per_leaf beside it"
        ),
        Mistake(
            text: "[links.uplink]\nnodes_per_leaf = 2\noversubscription = 0.5",
            says: "cluster.toml:3: links.uplink.oversubscription: 0.5 is out of range; "
                + "expected a number from 1 to 1000"
        ),
        Mistake(
            text: "[exchange]\nalgorithm = \"groupwise\"",
            says: "cluster.toml:2: exchange.algorithm: \"groupwise\" shares an exchange among "
                + "tensor-parallel ranks, and tp is 1; expected tp of 2 or more, or "
                + "another algorithm, like \"auto\""
        ),
        Mistake(
            text: "[exchange]\npipeline = 9",
            says: "cluster.toml:2: exchange.pipeline: 9 is out of range; "
                + "expected a whole number from 1 to 8"
        ),
    ])
    func `that do not fit are told how they would`(_ mistake: Mistake) {
        #expect(report(mistake.text) == [mistake.says])
    }

    @Test func `take what is left out from the preset`() throws {
        let plan = try read(
            "",
            set: [
                "cluster.preset=910a", "links.pcie.latency=5 us", "links.uplink.nodes_per_leaf=2",
            ]
        ).get()
        #expect(plan.links.topology == .quads)
        #expect(plan.links.pcie?.bandwidth.gigabytesPerSecond == 32)
        #expect(plan.links.pcie?.latency.microseconds == 5)
        #expect(plan.links.uplink == LeafUplink(nodesPerLeaf: 2, oversubscription: 1))
    }

    @Test func `have no PCIe where the user makes a mesh of a 910a`() throws {
        let plan = try read("", set: ["cluster.preset=910a", "links.hccs.topology=mesh"]).get()
        #expect(plan.links.pcie == nil)
    }

    @Test func `join the 48 servers of a CloudMatrix384`() throws {
        let plan = try read(
            "",
            set: [
                "cluster.preset=cloudmatrix384", "cluster.nodes=49",
                "links.uplink.nodes_per_leaf=5",
            ]
        ).get()
        #expect(plan.links.planeNodes == 48)
        #expect(plan.links.uplink == LeafUplink(nodesPerLeaf: 5, oversubscription: 1))
        #expect(plan.model.peakFlops == 752e12)
    }

    @Test(arguments: ExchangeAlgorithm.allCases.filter { $0 != .groupwise })
    func `carry every algorithm`(algorithm: ExchangeAlgorithm) throws {
        let set = ["exchange.algorithm=\(algorithm.rawValue)", "exchange.pipeline=8"]
        let plan = try read("", set: set).get()
        #expect(plan.exchange.algorithm == algorithm)
        #expect(plan.exchange.pipeline == 8)
    }
}

@Suite struct `Presets in print` {
    @Test(arguments: Preset.allCases.filter { $0 != .custom })
    func `make a plan of the preset custom the same machine`(preset: Preset) throws {
        let text = "[cluster]\npreset = \"custom\"\n" + PresetFile.render(preset)
        let copied = try read(text).get()
        let named = try read("[cluster]\npreset = \"\(preset.rawValue)\"").get()
        #expect(copied.links == named.links)
        #expect(copied.model == named.model)
    }

    @Test(arguments: Preset.allCases.filter { $0 != .custom })
    func `give a source for every figure, or say that it is assumed`(preset: Preset) {
        let lines = PresetFile.render(preset).split(separator: "\n").filter { $0.contains(" = ") }
        #expect(lines.count >= 9)
        for line in lines {
            let source = line.split(separator: "  # ", maxSplits: 1).last ?? ""
            #expect(source != line && source.count >= 7, "\(line)")
        }
    }

    @Test func `look like this`() {
        #expect(
            PresetFile.render(.ascend910B3) == """
                # 910b3: Atlas 800T A2 with Ascend 910B3.
                # NPUs a node: up to 8 (Atlas 800T A2: 8 NPUs).
                # Memory of an NPU: 64 GB (quoted for the Ascend 910B3).

                [links.hccs]
                bandwidth = "28 GB/s"  # Atlas 800T A2: 56 GB/s a pair are both ways; about 21 were measured
                latency = "3 us"  # assumed
                message_overhead = "0 us"  # assumed: none is published
                topology = "mesh"  # Atlas 800T A2: a link for each pair of the 8
                nodes = 1  # HCCS ends at the server

                [links.roce]
                bandwidth = "25 GB/s"  # Atlas 800T A2: a NIC of 200 Gbit/s an NPU
                latency = "10 us"  # assumed
                message_overhead = "0 us"  # assumed: none is published

                [model]
                peak = "313 TFLOPS"  # quoted for the Ascend 910B3 in half precision

                """
        )
    }

    @Test func `name what a custom machine has to give`() {
        let text = PresetFile.render(.custom)
        for key in [
            "links.hccs.bandwidth", "links.roce.latency", "links.hccs.topology", "model.peak",
        ] {
            #expect(text.contains("#   \(key): "))
        }
        #expect(PresetFile.list.split(separator: "\n").count == Preset.allCases.count)
    }
}
