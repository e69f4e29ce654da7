// The resolved plan as lines of TOML, for plan.toml and for reports. The keys and their order are
// those of the configuration; what a key may be is said in Configuration's key table.

extension ClusterPlan {
    /// Every key of the plan with the value in force, in the order of `cluster.toml`.
    public var entries: [PlanEntry] {
        clusterEntries + linkEntries + parallelEntries + modelEntries + workloadEntries
            + routingEntries + exchangeEntries + trainingEntries
    }

    private var clusterEntries: [PlanEntry] {
        [
            PlanEntry("cluster", "preset", TOMLText.string(preset.rawValue)),
            PlanEntry("cluster", "nodes", "\(nodes)"),
            PlanEntry("cluster", "npus_per_node", "\(npusPerNode)"),
            PlanEntry("cluster", "dilation", TOMLText.dilation(dilation)),
        ]
    }

    private var linkEntries: [PlanEntry] {
        hccsEntries + pcieEntries + rateEntries("links.roce", links.roce) + uplinkEntries
    }

    private var hccsEntries: [PlanEntry] {
        rateEntries("links.hccs", links.hccs) + [
            PlanEntry("links.hccs", "topology", TOMLText.string(links.topology.rawValue)),
            PlanEntry("links.hccs", "nodes", "\(links.planeNodes)"),
        ]
    }

    /// None without quads.
    private var pcieEntries: [PlanEntry] {
        links.pcie.map { rateEntries("links.pcie", $0) } ?? []
    }

    /// None where leaves are joined without loss.
    private var uplinkEntries: [PlanEntry] {
        guard let uplink = links.uplink else { return [] }
        return [
            PlanEntry("links.uplink", "nodes_per_leaf", "\(uplink.nodesPerLeaf)"),
            PlanEntry(
                "links.uplink",
                "oversubscription",
                TOMLText.number(uplink.oversubscription)
            ),
        ]
    }

    private func rateEntries(_ section: String, _ rate: LinkRate) -> [PlanEntry] {
        [
            PlanEntry(section, "bandwidth", TOMLText.rate(rate.bandwidth)),
            PlanEntry(section, "latency", TOMLText.latency(rate.latency)),
            PlanEntry(section, "message_overhead", TOMLText.latency(rate.messageOverhead)),
        ]
    }

    private var parallelEntries: [PlanEntry] {
        [
            PlanEntry("parallel", "tp", "\(parallel.tp)"),
            PlanEntry("parallel", "ep", "\(parallel.ep)"),
            PlanEntry("parallel", "dp", "\(parallel.dp)"),
        ]
    }

    private var modelEntries: [PlanEntry] {
        [
            PlanEntry("model", "hidden", "\(model.hidden)"),
            PlanEntry("model", "ffn", "\(model.ffn)"),
            PlanEntry("model", "experts", "\(model.experts)"),
            PlanEntry("model", "layers", "\(model.layers)"),
            PlanEntry("model", "dtype", TOMLText.string(model.dtype.rawValue)),
            PlanEntry("model", "utilisation", TOMLText.number(model.utilisation)),
            PlanEntry("model", "peak", TOMLText.compute(model.peakFlops)),
        ]
    }

    private var workloadEntries: [PlanEntry] {
        [
            PlanEntry("workload", "tokens", TOMLText.string(workload.tokens)),
            PlanEntry("workload", "corpus", TOMLText.string(training.corpus ?? "")),
            PlanEntry("workload", "tokens_per_npu", "\(workload.tokensPerNPU)"),
            PlanEntry("workload", "sharding", TOMLText.string(workload.sharding.rawValue)),
            PlanEntry("workload", "steps", "\(workload.steps)"),
            PlanEntry("workload", "warmup", "\(workload.warmup)"),
            PlanEntry("workload", "seed", "\(workload.seed)"),
        ]
    }

    private var routingEntries: [PlanEntry] {
        [
            PlanEntry("routing", "routers", TOMLText.list(routing.routers.map(\.rawValue))),
            PlanEntry("routing", "baseline", TOMLText.string(routing.baseline.rawValue)),
            PlanEntry("routing", "top_k", "\(routing.topK)"),
            PlanEntry("routing", "capacity_factor", TOMLText.number(routing.capacityFactor)),
            PlanEntry("routing", "capacity_floor", "\(routing.capacityFloor)"),
            PlanEntry("routing", "capacity_scope", TOMLText.string(routing.capacityScope.rawValue)),
            PlanEntry("routing", "threshold", TOMLText.number(routing.threshold)),
            PlanEntry("routing", "mode", TOMLText.string(routing.mode.rawValue)),
            PlanEntry(
                "routing",
                "expert_choice_from",
                routing.expertChoiceFrom.map { "\($0)" } ?? TOMLText.string("auto")
            ),
            PlanEntry("routing", "relevance", TOMLText.string(routing.relevance.rawValue)),
            PlanEntry("routing", "policy", TOMLText.string(routing.policy.rawValue)),
            PlanEntry("routing", "capacity_rule", auto(routing.capacityRule?.rawValue)),
            PlanEntry("routing", "capacity_period", "\(routing.capacityPeriod)"),
            PlanEntry(
                "routing",
                "k_max",
                routing.choicesMax.map { "\($0)" } ?? TOMLText.string("auto")
            ),
            PlanEntry(
                "routing",
                "expert_choice_factor",
                TOMLText.number(routing.expertChoiceFactor)
            ),
        ] + traceEntries
    }

    /// None without a trace.
    private var traceEntries: [PlanEntry] {
        routing.trace.map { [PlanEntry("routing", "trace", TOMLText.string($0))] } ?? []
    }

    private var exchangeEntries: [PlanEntry] {
        [
            PlanEntry("exchange", "algorithm", TOMLText.string(exchange.algorithm.rawValue)),
            PlanEntry("exchange", "layout", TOMLText.string(exchange.layout.rawValue)),
            PlanEntry("exchange", "chunk", TOMLText.size(exchange.chunk)),
            PlanEntry("exchange", "pipeline", "\(exchange.pipeline)"),
        ]
    }

    private var trainingEntries: [PlanEntry] {
        [
            PlanEntry("training", "optimizer", TOMLText.string(training.optimizer.rawValue)),
            PlanEntry("training", "learning_rate", TOMLText.number(training.learningRate)),
            PlanEntry("training", "mu", TOMLText.number(training.locality)),
            PlanEntry("training", "alpha", TOMLText.number(training.auxiliary)),
            PlanEntry("training", "smoothing", TOMLText.number(training.smoothing)),
            PlanEntry("training", "softmax_scale", TOMLText.number(training.softmaxScale)),
            PlanEntry("training", "wire", TOMLText.string(training.wire.rawValue)),
            PlanEntry("training", "held_out_every", "\(training.heldOutEvery)"),
            PlanEntry(
                "training",
                "target_loss",
                training.targetLoss.map(TOMLText.number) ?? auto(nil)
            ),
            PlanEntry("training", "checkpoint_every", "\(training.checkpointEvery)"),
            PlanEntry("training", "all_reduce", TOMLText.string(training.allReduce.rawValue)),
            PlanEntry("training", "warm_start", "\(training.warmStart)"),
            PlanEntry("training", "controls", TOMLText.string(training.controls.rawValue)),
        ]
    }

    private func auto(_ name: String?) -> String { TOMLText.string(name ?? "auto") }
}

extension PlanEntry {
    fileprivate init(_ section: String, _ key: String, _ toml: String) {
        self.init(section: section, key: key, toml: toml)
    }
}
