// Every key of the configuration, in the order of cluster.toml. The parser, the messages and
// plan.toml are made from this table: a new key is an entry here, and one in ClusterPlan.entries.

import ClusterModel
import Faults

/// The keys a configuration may hold.
enum KeyTable {
    static let entries =
        cluster + LinkKeys.all + parallel + model + workload + routing + exchange
        + training + recovery

    private static let cluster = [
        KeyEntry(
            "cluster.preset",
            \.plan.preset,
            .choice(),
            .value(.ascend910B3)
        ),
        KeyEntry("cluster.nodes", \.plan.nodes, .whole(1...4096), .value(2)),
        KeyEntry("cluster.npus_per_node", \.plan.npusPerNode, .whole(1...1024), .value(4)),
        KeyEntry("cluster.dilation", \.plan.dilation, .dilation, .value(.auto)),
    ]

    private static let parallel = [
        KeyEntry("parallel.tp", \.plan.parallel.tp, .whole(1...1024), .value(1)),
        KeyEntry("parallel.ep", \.ep, .wholeOrAuto(1...65536), .value(nil)),
        KeyEntry("parallel.dp", \.dp, .wholeOrAuto(1...65536), .value(nil)),
    ]

    private static let model = [
        KeyEntry("model.hidden", \.plan.model.hidden, .whole(1...1_048_576), .value(4096)),
        KeyEntry("model.ffn", \.plan.model.ffn, .whole(1...1_048_576), .value(14336)),
        KeyEntry("model.experts", \.plan.model.experts, .whole(1...65536), .value(16)),
        KeyEntry(
            "model.layers",
            \.plan.model.layers,
            .whole(1...64),
            .value(1)
        ),
        KeyEntry("model.dtype", \.plan.model.dtype, .choice(), .value(.bf16)),
        KeyEntry("model.utilisation", \.plan.model.utilisation, .share(), .value(0.4)),
        KeyEntry(
            "model.peak",
            \.plan.model.peakFlops,
            .compute("1 GFLOPS", to: "100 PFLOPS", like: "313 TFLOPS"),
            .preset { $0.peakFlops }
        ),
    ]

    private static let workload = [
        KeyEntry(
            "workload.tokens",
            \.plan.workload.tokens,
            .text("a folder with features.npy, token_ids.npy and domains.npy"),
            .value("tools/data/tokens")
        ),
        KeyEntry(
            "workload.corpus",
            \.plan.training.corpus,
            .textOrNone("a folder with ids.npy, or \"\" to train nothing"),
            .value(nil)
        ),
        KeyEntry(
            "workload.tokens_per_npu",
            \.plan.workload.tokensPerNPU,
            .whole(1...1_048_576),
            .value(512)
        ),
        KeyEntry("workload.sharding", \.plan.workload.sharding, .choice(), .value(.iid)),
        KeyEntry("workload.steps", \.plan.workload.steps, .whole(1...1_000_000), .value(10)),
        KeyEntry("workload.warmup", \.plan.workload.warmup, .whole(0...1_000_000), .value(2)),
        KeyEntry("workload.seed", \.plan.workload.seed, .seed, .value(7)),
    ]

    private static let routing = [
        KeyEntry(
            "routing.routers",
            \.plan.routing.routers,
            .list(of: RouterName.self, because: " and would be compared with itself"),
            .value([.switch, .hash, .locmoe, .locmoePlus])
        ),
        KeyEntry("routing.baseline", \.baseline, .baseline, .value(nil)),
        KeyEntry("routing.top_k", \.plan.routing.topK, .whole(1...65536), .value(1)),
        KeyEntry(
            "routing.capacity_factor",
            \.plan.routing.capacityFactor,
            .number(0.01...1000),
            .value(1.1)
        ),
        KeyEntry(
            "routing.capacity_floor",
            \.plan.routing.capacityFloor,
            .whole(1...1_048_576),
            .value(1)
        ),
        KeyEntry(
            "routing.capacity_scope",
            \.plan.routing.capacityScope,
            .choice(),
            .value(.source)
        ),
        KeyEntry("routing.threshold", \.plan.routing.threshold, .share(), .value(0.8)),
        KeyEntry(
            "routing.mode",
            \.plan.routing.mode,
            .choice(),
            .value(.ecr)
        ),
        KeyEntry(
            "routing.expert_choice_from",
            \.plan.routing.expertChoiceFrom,
            .wholeOrAuto(0...1_000_000),
            .value(nil)
        ),
        KeyEntry("routing.relevance", \.plan.routing.relevance, .choice(), .value(.choice)),
        KeyEntry("routing.policy", \.plan.routing.policy, .choice(), .value(.drop)),
        KeyEntry(
            "routing.capacity_rule",
            \.plan.routing.capacityRule,
            .choiceOrAuto(),
            .value(nil)
        ),
        KeyEntry(
            "routing.capacity_period",
            \.plan.routing.capacityPeriod,
            .whole(1...1_000_000),
            .value(16)
        ),
        KeyEntry("routing.k_max", \.plan.routing.choicesMax, .wholeOrAuto(1...65536), .value(nil)),
        KeyEntry(
            "routing.expert_choice_factor",
            \.plan.routing.expertChoiceFactor,
            .number(0.01...1000),
            .value(2)
        ),
        KeyEntry(
            "routing.trace",
            \.plan.routing.trace,
            .optionalText("a file of assignments: the CSV of route --out, or JSONL"),
            .value(nil)
        ),
    ]

    private static let exchange = [
        KeyEntry(
            "exchange.algorithm",
            \.plan.exchange.algorithm,
            .choice(),
            .value(.auto)
        ),
        KeyEntry("exchange.layout", \.plan.exchange.layout, .choice(), .value(.exact)),
        KeyEntry(
            "exchange.chunk",
            \.plan.exchange.chunk,
            .size("4 KiB", to: "1 MiB", like: "64 KiB"),
            .value(ByteCount(64 * 1024))
        ),
        KeyEntry("exchange.pipeline", \.plan.exchange.pipeline, .whole(1...8), .value(1)),
    ]

    private static let training = [
        KeyEntry("training.optimizer", \.plan.training.optimizer, .choice(), .value(.adam)),
        KeyEntry(
            "training.learning_rate",
            \.plan.training.learningRate,
            .number(1e-6...10),
            .value(3e-3)
        ),
        KeyEntry("training.mu", \.plan.training.locality, .number(0...1000), .value(0.1)),
        KeyEntry("training.alpha", \.plan.training.auxiliary, .number(0...1000), .value(0.01)),
        KeyEntry("training.smoothing", \.plan.training.smoothing, .share(), .value(0.1)),
        KeyEntry(
            "training.softmax_scale",
            \.plan.training.softmaxScale,
            .number(0.01...10_000),
            .value(30)
        ),
        KeyEntry("training.wire", \.plan.training.wire, .choice(), .value(.fp32)),
        KeyEntry(
            "training.held_out_every",
            \.plan.training.heldOutEvery,
            .whole(0...1_000_000),
            .value(0)
        ),
        KeyEntry(
            "training.target_loss",
            \.plan.training.targetLoss,
            .numberOrAuto(0.001...1000),
            .value(nil)
        ),
        KeyEntry(
            "training.checkpoint_every",
            \.plan.training.checkpointEvery,
            .whole(1...1_000_000),
            .value(100)
        ),
        KeyEntry(
            "training.all_reduce",
            \.plan.training.allReduce,
            .choice(),
            .value(.hierarchical)
        ),
        KeyEntry(
            "training.warm_start",
            \.plan.training.warmStart,
            .whole(0...1_000_000),
            .value(100)
        ),
        KeyEntry("training.controls", \.plan.training.controls, .choice(), .value(.on)),
    ]

    private static let recovery = [
        KeyEntry("recovery.policy", \.recovery.ladder, .ladder, .value([.abort])),
        KeyEntry("recovery.retry_max", \.recovery.retryMax, .whole(1...1000), .value(3)),
        KeyEntry("recovery.restart_max", \.recovery.restartMax, .whole(1...1000), .value(2)),
        KeyEntry("recovery.exclude_max", \.recovery.excludeMax, .whole(1...1000), .value(1)),
        KeyEntry("recovery.resend_max", \.recovery.resendMax, .whole(0...100), .value(3)),
        KeyEntry(
            "recovery.resend_step_max",
            \.recovery.resendStepMax,
            .whole(0...100_000),
            .value(64)
        ),
        KeyEntry("recovery.rejoin", \.recovery.rejoinAfter, .rejoin, .value(nil)),
    ]
}

extension KeyTable {
    /// `cluster`, `links.hccs`, …, in order, each once.
    static let sections = entries.reduce(into: [String]()) { names, entry in
        if names.last != entry.path.section { names.append(entry.path.section) }
    }

    static func entry(at path: SettingPath) -> KeyEntry? { entriesByPath[path] }

    /// The keys of `section`.
    static func paths(in section: String) -> [SettingPath] {
        entries.map(\.path).filter { $0.section == section }
    }

    /// Whether `path` is a section, or like `links` leads to one.
    static func isSection(_ path: SettingPath) -> Bool {
        sections.contains { $0 == path.description || $0.hasPrefix(path.description + ".") }
    }

    private static let entriesByPath = Dictionary(
        uniqueKeysWithValues: entries.map { ($0.path, $0) }
    )
}
