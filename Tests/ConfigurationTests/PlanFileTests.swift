// plan.toml: written from a plan and read back as the same.

import ClusterModel
import Testing

@testable import Configuration

@Suite struct PlanFiles {
    @Test(
        arguments: [
            [],
            ["cluster.nodes=32", "cluster.npus_per_node=8", "model.experts=64", "parallel.dp=4"],
            ["cluster.dilation=1200.5", "links.hccs.bandwidth=1234567891 B/s"],
            ["links.roce.bandwidth=0.3 GB/s", "links.roce.latency=1234567 ps"],
            [
                "links.hccs.bandwidth=1 KiB/s", "links.hccs.latency=0 us",
                "links.hccs.topology=switch",
            ],
            ["workload.tokens=a \"b\" \\ \u{E9}\u{7}\t#", "workload.seed=9223372036854775807"],
            ["routing.routers=[\"hash\", \"rre\", \"locmoe+\"]", "routing.baseline=locmoe+"],
            [
                "routing.top_k=2", "routing.policy=reroute", "routing.mode=tcr",
                "routing.threshold=1e-3",
            ],
            ["model.peak=0.1 PFLOPS", "model.utilisation=0.3333333333333333", "model.dtype=fp32"],
            ["exchange.chunk=5000 B", "exchange.layout=padded", "exchange.algorithm=direct"],
            ["cluster.preset=910a", "links.uplink.oversubscription=2.5"],
            ["cluster.preset=cloudmatrix384", "cluster.nodes=48", "cluster.npus_per_node=8"],
            ["links.uplink.nodes_per_leaf=3", "links.roce.message_overhead=1500 ns"],
            ["exchange.algorithm=balanced", "exchange.pipeline=8"],
            ["workload.warmup=0", "workload.steps=1", "workload.sharding=domain"],
            ["routing.trace=a b.jsonl", "routing.routers=[\"trace\", \"hash\"]"],
            ["routing.k_max=5", "routing.expert_choice_factor=1.5", "routing.capacity_period=3"],
            ["routing.capacity_rule=conventional", "training.optimizer=momentum"],
            ["training.target_loss=4.5", "training.held_out_every=10"],
            ["training.mu=0", "training.alpha=0.5", "training.smoothing=1", "training.wire=bf16"],
        ]
    )
    func `a plan survives being written and read`(set: [String]) throws {
        let plan = try read("", set: set).get()
        let written = PlanFile.render(plan)
        #expect(try read(written).get() == plan, "\(written)")
    }

    @Test func `a plan of an earlier version has keys it did not know at their defaults`() throws {
        func rendered(_ set: [String]) throws -> String {
            PlanFile.render(
                try PlanReader.configuration(
                    from: "",
                    file: "cluster.toml",
                    overrides: set.map(Override.init(set:)),
                    faults: []
                )
            )
        }
        let now = try rendered(["training.mu=0.5"])
        let key = "target_loss"
        let lines = now.split(separator: "\n", omittingEmptySubsequences: false)
        let before = lines.filter { !$0.hasPrefix(key) }.joined(separator: "\n")
        #expect(before != now)
        #expect(PlanFile.renewed(before) == now)
        #expect(try PlanFile.renewed(before) != rendered(["training.target_loss=4"]))
        #expect(PlanFile.renewed("a plan = no") == "a plan = no")
    }

    @Test func `a custom machine survives as well`() throws {
        let plan = try read(
            "",
            set: [
                "cluster.preset=custom", "cluster.npus_per_node=16", "model.peak=64 GFLOPS",
                "links.hccs={bandwidth='1 TB/s', latency='5 ns', topology='switch'}",
                "links.roce={bandwidth='400 Gbit/s', latency='2 ms'}",
            ]
        ).get()
        #expect(try read(PlanFile.render(plan)).get() == plan)
    }

    @Test func `the plan's entries and the key table agree`() throws {
        let entries = try read("").get().entries
        let keys = entries.map { "\($0.section).\($0.key)" }
        let optional = ["links.pcie", "links.uplink"]
        // What is done about faults, and a trace, have no lines in a plan without them.
        let table = KeyTable.entries.map(\.path).filter {
            $0.section != "recovery" && "\($0)" != "routing.trace"
        }
        #expect(keys == table.filter { !optional.contains($0.section) }.map(\.description))
        // Of a 910a no section is left out.
        let all = try read("", set: ["cluster.preset=910a"]).get().entries
        #expect(all.map { "\($0.section).\($0.key)" } == table.map(\.description))
    }

    @Test func `the written plan looks like this`() throws {
        let written = PlanFile.render(try read("").get())
        #expect(
            written.hasPrefix(
                """
                # The resolved configuration of a run: defaults and options included.

                [cluster]
                preset = "910b3"  # one of "910a", "910b3", "cloudmatrix384", "custom"
                nodes = 2  # a whole number from 1 to 4096
                npus_per_node = 4  # a whole number from 1 to 1024
                dilation = "auto"  # "auto" or a number from 1 to 1000000000

                [links.hccs]
                bandwidth = "28 GB/s"  # a rate with its unit from 1 KB/s to 100 TB/s, like "28 GB/s"
                latency = "3 us"  # a time with its unit from 0 us to 10 s, like "3 us"
                """
            )
        )
    }
}
