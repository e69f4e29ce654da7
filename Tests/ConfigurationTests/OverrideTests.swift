// `--set key=value`.

import ClusterModel
import Configuration
import Testing

@Suite struct Overrides {
    @Test func `an option wins over the file, the last over the first`() throws {
        let plan = try read("[cluster]\nnodes = 3", set: ["cluster.nodes=4", "cluster.nodes=8"])
            .get()
        #expect(plan.nodes == 8)
    }

    @Test func `strings need no quotes`() throws {
        let plan = try read(
            "",
            set: [
                "links.hccs.bandwidth=100 Gbit/s", "workload.tokens=2026", "cluster.dilation=auto",
                "cluster.preset=910b3", "parallel.ep=auto", "routing.baseline = locmoe+",
                "model.dtype=\"fp32\"",
            ]
        ).get()
        #expect(plan.links.hccs.bandwidth.bytesPerSecond == 12_500_000_000)
        #expect(plan.workload.tokens == "2026")
        #expect(plan.routing.baseline == .locmoePlus)
        #expect(plan.model.dtype == .fp32)
    }

    @Test func `numbers and lists are TOML`() throws {
        let plan = try read(
            "",
            set: [
                "model.hidden=1_024", "routing.routers=[\"switch\",\"hash\"]",
                "cluster.dilation=1200", "routing.capacity_factor=2",
            ]
        ).get()
        #expect(plan.model.hidden == 1024)
        #expect(plan.routing.routers == [.switch, .hash])
        #expect(plan.dilation == .fixed(1200))
        #expect(plan.routing.capacityFactor == 2)
    }

    @Test func `a key that may be empty needs no quotes, which a shell takes away`() throws {
        let learning = "[workload]\ncorpus = \"texts\"\n"
        #expect(try read(learning).get().training.corpus != nil)
        #expect(try read(learning, set: ["workload.corpus="]).get().training.corpus == nil)
    }

    @Test(arguments: [
        Mistake(
            set: ["cluster.nodes=0"],
            says: "--set cluster.nodes=0: cluster.nodes: 0 is out of range; "
                + "expected a whole number from 1 to 4096"
        ),
        Mistake(
            set: ["cluster.noeds=3"],
            says: "--set cluster.noeds=3: cluster.noeds: unknown key; "
                + "expected one of preset, nodes, npus_per_node, dilation; did you mean \"nodes\"?"
        ),
        Mistake(
            set: ["clutser.nodes=3"],
            says: "--set clutser.nodes=3: clutser.nodes: unknown key; expected a key of cluster, "
                + "links.hccs, links.pcie, links.roce, links.uplink, parallel, model, workload, "
                + "routing, exchange, training, recovery; "
                + "did you mean \"cluster.nodes\"?"
        ),
        Mistake(
            set: ["cluster.nodes"],
            says: "--set cluster.nodes: \"cluster.nodes\" is no assignment; "
                + "expected key=value, like cluster.nodes=8"
        ),
        Mistake(
            set: ["model.hidden="],
            says: "--set model.hidden=: model.hidden: the value is missing; expected key=value"
        ),
        Mistake(
            set: ["model.hidden=wide"],
            says: "--set model.hidden=wide: model.hidden: \"wide\" is a string; "
                + "expected a whole number from 1 to 1048576"
        ),
        Mistake(
            set: ["routing.routers=[\"hash\""],
            says: "--set routing.routers=[\"hash\": routing.routers: [\"hash\" is not TOML: "
                + "Error while parsing array: encountered end-of-file"
        ),
        Mistake(
            set: ["cluster.nodes=1\n[cluster]\nnpus_per_node=1"],
            says: "--set cluster.nodes=1\\n[cluster]\\nnpus_per_node=1: cluster.nodes: "
                + "\"1\\n[cluster]\\nnpus_per_node=1\" is a string; "
                + "expected a whole number from 1 to 4096"
        ),
        Mistake(
            set: ["faults=1"],
            says: "--set faults=1: faults: 1 is a whole number; "
                + "expected [[faults]] tables, or the option --fault"
        ),
        Mistake(
            set: ["cluster.npus_per_node=16"],
            says: "--set cluster.npus_per_node=16: cluster.npus_per_node: 16 NPUs a node, more "
                + "than a 910b3 server has; expected at most 8, or the preset \"custom\""
        ),
    ])
    func `a wrong option is named as it was typed`(_ mistake: Mistake) {
        #expect(report("", set: mistake.set) == [mistake.says])
    }

    @Test func `an option that stands for a key is named as it was typed`() throws {
        let nodes = Override(option: "--nodes many", sets: "cluster.nodes", to: "many")
        let problems = #expect(throws: ConfigurationProblems.self) {
            try PlanReader.plan(from: "", file: "cluster.toml", overrides: [nodes])
        }
        #expect(problems?.problems.map(\.place) == [.option("--nodes many")])
    }
}
