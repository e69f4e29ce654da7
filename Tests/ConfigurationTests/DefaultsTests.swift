// What a configuration that says nothing means, and the one at the top of the project.

import ClusterModel
import Configuration
import Foundation
import Testing

@Suite struct Defaults {
    @Test func `an empty text is the default cluster`() throws {
        let plan = try read("").get()
        #expect(plan.entries.map { "\($0.section).\($0.key) = \($0.toml)" } == defaults)
    }

    @Test func `cluster.toml says the defaults`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../cluster.toml")
        let text = try String(contentsOf: file, encoding: .utf8)
        var plan = try read(text).get()
        // Routers learn in the default comparison, and not where nobody names a text.
        #expect(plan.training.corpus == "tools/data/corpus")
        plan.training.corpus = nil
        #expect(try plan == read("").get())
    }

    @Test(arguments: [
        ("tokens", "cluster.toml", "tokens"), ("tokens", "runs/a/cluster.toml", "runs/a/tokens"),
        ("/data", "runs/a/cluster.toml", "/data"), ("../t", "/etc/c.toml", "/etc/../t"),
    ])
    func `a path is meant from the folder of its file`(path: String, file: String, whole: String) {
        #expect(ConfigurationFile.resolve(path, beside: file) == whole)
    }
}

private let defaults = [
    "cluster.preset = \"910b3\"",
    "cluster.nodes = 2",
    "cluster.npus_per_node = 4",
    "cluster.dilation = \"auto\"",
    "links.hccs.bandwidth = \"28 GB/s\"",
    "links.hccs.latency = \"3 us\"",
    "links.hccs.message_overhead = \"0 us\"",
    "links.hccs.topology = \"mesh\"",
    "links.hccs.nodes = 1",
    "links.roce.bandwidth = \"25 GB/s\"",
    "links.roce.latency = \"10 us\"",
    "links.roce.message_overhead = \"0 us\"",
    "parallel.tp = 1",
    "parallel.ep = 8",
    "parallel.dp = 1",
    "model.hidden = 4096",
    "model.ffn = 14336",
    "model.experts = 16",
    "model.layers = 1",
    "model.dtype = \"bf16\"",
    "model.utilisation = 0.4",
    "model.peak = \"313 TFLOPS\"",
    "workload.tokens = \"tools/data/tokens\"",
    "workload.corpus = \"\"",
    "workload.tokens_per_npu = 512",
    "workload.sharding = \"iid\"",
    "workload.steps = 10",
    "workload.warmup = 2",
    "workload.seed = 7",
    "routing.routers = [\"switch\", \"hash\", \"locmoe\", \"locmoe+\"]",
    "routing.baseline = \"switch\"",
    "routing.top_k = 1",
    "routing.capacity_factor = 1.1",
    "routing.capacity_floor = 1",
    "routing.capacity_scope = \"source\"",
    "routing.threshold = 0.8",
    "routing.mode = \"ecr\"",
    "routing.expert_choice_from = \"auto\"",
    "routing.relevance = \"choice\"",
    "routing.policy = \"drop\"",
    "routing.capacity_rule = \"auto\"",
    "routing.capacity_period = 16",
    "routing.k_max = \"auto\"",
    "routing.expert_choice_factor = 2.0",
    "exchange.algorithm = \"auto\"",
    "exchange.layout = \"exact\"",
    "exchange.chunk = \"64 KiB\"",
    "exchange.pipeline = 1",
    "training.optimizer = \"adam\"",
    "training.learning_rate = 0.003",
    "training.mu = 0.1",
    "training.alpha = 0.01",
    "training.smoothing = 0.1",
    "training.softmax_scale = 30.0",
    "training.wire = \"fp32\"",
    "training.held_out_every = 0",
    "training.target_loss = \"auto\"",
    "training.checkpoint_every = 100",
    "training.all_reduce = \"hierarchical\"",
    "training.warm_start = 100",
    "training.controls = \"on\"",
]
