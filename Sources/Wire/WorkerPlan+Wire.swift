// The plan on its way to a worker: names travel as they stand in a configuration.

import CProtobufC
import CWire
import ClusterModel

extension WorkerPlan {
    func fill(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        unsafe raw.nodes = UInt32(plan.nodes)
        unsafe raw.npus_per_node = UInt32(plan.npusPerNode)
        unsafe raw.tp = UInt32(plan.parallel.tp)
        unsafe raw.ep = UInt32(plan.parallel.ep)
        unsafe raw.dp = UInt32(plan.parallel.dp)
        unsafe fillModel(&raw, arena)
        unsafe raw.links = unsafe arena.message(wire__links__init) {
            unsafe plan.links.fill(&$0, arena)
        }
        unsafe fillWorkload(&raw, arena)
        unsafe fillRouting(&raw, arena)
        unsafe raw.training = unsafe arena.message(wire__training__init) {
            unsafe plan.training.fill(&$0, arena)
        }
        unsafe raw.layout = unsafe arena.string(plan.exchange.layout.rawValue)
        unsafe raw.chunk = UInt32(plan.exchange.chunk.value)
        unsafe raw.pipeline = UInt32(plan.exchange.pipeline)
        unsafe raw.unshaped = unshaped ? 1 : 0
        unsafe (raw.n_peer_ports, raw.peer_ports) = unsafe arena.array(peerPorts.map(UInt32.init))
        unsafe raw.dilation = dilation
        unsafe raw.window_ns = windowNanoseconds
        unsafe raw.catch_up_ns = catchUpNanoseconds
        unsafe raw.tolerant = isTolerant ? 1 : 0
        unsafe (raw.n_excluded, raw.excluded) = unsafe arena.ranks(excluded)
        unsafe raw.resend_max = UInt32(resends?.chunk ?? 0)
        unsafe raw.resend_step_max = UInt32(resends?.step ?? 0)
        unsafe (raw.n_checkpoints, raw.checkpoints) = unsafe arena.strings(checkpoints)
    }

    private func fillModel(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        unsafe raw.experts = UInt32(plan.model.experts)
        unsafe raw.hidden = UInt32(plan.model.hidden)
        unsafe raw.ffn = UInt32(plan.model.ffn)
        unsafe raw.layers = UInt32(plan.model.layers)
        unsafe raw.dtype = unsafe arena.string(plan.model.dtype.rawValue)
        unsafe raw.utilisation = plan.model.utilisation
        unsafe raw.peak_flops = plan.model.peakFlops
    }

    private func fillWorkload(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        unsafe raw.tokens = unsafe arena.string(plan.workload.tokens)
        unsafe raw.tokens_per_npu = UInt32(plan.workload.tokensPerNPU)
        unsafe raw.sharding = unsafe arena.string(plan.workload.sharding.rawValue)
        unsafe raw.seed = plan.workload.seed
        unsafe raw.steps = UInt32(plan.workload.steps)
        unsafe raw.warmup = UInt32(plan.workload.warmup)
    }

    private func fillRouting(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        unsafe raw.top_k = UInt32(plan.routing.topK)
        unsafe raw.capacity_factor = plan.routing.capacityFactor
        unsafe raw.capacity_floor = UInt32(plan.routing.capacityFloor)
        unsafe raw.threshold = plan.routing.threshold
        unsafe raw.mode = unsafe arena.string(plan.routing.mode.rawValue)
        unsafe raw.policy = unsafe arena.string(plan.routing.policy.rawValue)
        unsafe raw.expert_choice_from = UInt32((plan.routing.expertChoiceFrom ?? -1) + 1)
        unsafe raw.relevance = unsafe arena.string(plan.routing.relevance.rawValue)
        unsafe (raw.n_routers, raw.routers) = unsafe arena.strings(
            plan.routing.routers.map(\.rawValue)
        )
        unsafe raw.choices_max = UInt32(plan.routing.choicesMax ?? 0)
        unsafe raw.expert_choice_factor = plan.routing.expertChoiceFactor
        unsafe raw.capacity_rule = unsafe arena.string(plan.routing.capacityRule?.rawValue ?? "")
        unsafe raw.trace = unsafe arena.string(plan.routing.trace ?? "")
        unsafe raw.capacity_period = UInt32(plan.routing.capacityPeriod)
        unsafe raw.capacity_scope = unsafe arena.string(plan.routing.capacityScope.rawValue)
    }

    init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        let plan = unsafe ClusterPlan(
            preset: .custom,
            nodes: try positive("nodes", raw.nodes),
            npusPerNode: try positive("npus_per_node", raw.npus_per_node),
            dilation: .fixed(raw.dilation),
            links: try LinkSettings(raw.links?.pointee),
            parallel: ParallelDegrees(
                tp: try positive("tp", raw.tp),
                ep: try positive("ep", raw.ep),
                dp: try positive("dp", raw.dp)
            ),
            model: try ModelShape(raw),
            workload: try Workload(raw),
            routing: try RoutingSettings(raw),
            exchange: ExchangeSettings(
                algorithm: .direct,
                layout: try named("layout", raw.layout),
                chunk: ByteCount(try positive("chunk", raw.chunk)),
                pipeline: try positive("pipeline", raw.pipeline)
            ),
            training: try TrainingPlan(raw.training?.pointee)
        )
        // Stretched and shrunk, these stay far from an Int64's end; no comparison takes a NaN.
        guard unsafe (1e-3...1e12).contains(raw.dilation) else {
            throw .invalid(unsafe "a dilation of \(raw.dilation)")
        }
        let host: ClosedRange<Int64> = 0...1_000_000_000_000
        guard unsafe host.contains(raw.window_ns), unsafe host.contains(raw.catch_up_ns) else {
            throw .invalid(
                unsafe "a window of \(raw.window_ns) ns, a catch-up of \(raw.catch_up_ns) ns"
            )
        }
        let degrees = plan.parallel
        guard degrees.tp * degrees.ep * degrees.dp == plan.world,
            plan.model.experts % degrees.ep == 0
        else { throw .invalid("parallel degrees that do not fit") }
        unsafe self.init(
            plan: plan,
            unshaped: raw.unshaped != 0,
            peerPorts: UnsafeBufferPointer(start: raw.peer_ports, count: raw.n_peer_ports)
                .map(Int.init),
            dilation: raw.dilation,
            windowNanoseconds: raw.window_ns,
            catchUpNanoseconds: raw.catch_up_ns,
            checkpoints: texts(raw.n_checkpoints, raw.checkpoints)
        )
        isTolerant = unsafe raw.tolerant != 0
        excluded = unsafe ranks(raw.n_excluded, raw.excluded)
        if unsafe raw.resend_max > 0 {
            resends = unsafe ResendLimits(
                chunk: Int(raw.resend_max),
                step: Int(raw.resend_step_max)
            )
        }
    }
}

extension ModelShape {
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        guard unsafe raw.utilisation > 0, unsafe raw.utilisation <= 1, unsafe raw.peak_flops > 0,
            unsafe raw.peak_flops.isFinite
        else { throw .invalid("an NPU without a peak") }
        unsafe self.init(
            hidden: try positive("hidden", raw.hidden),
            ffn: try positive("ffn", raw.ffn),
            experts: try positive("experts", raw.experts),
            layers: try positive("layers", raw.layers),
            dtype: try named("dtype", raw.dtype),
            utilisation: raw.utilisation,
            peakFlops: raw.peak_flops
        )
    }
}

extension Workload {
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        unsafe self.init(
            tokens: text(raw.tokens),
            tokensPerNPU: try positive("tokens_per_npu", raw.tokens_per_npu),
            sharding: try named("sharding", raw.sharding),
            steps: try positive("steps", raw.steps),
            warmup: Int(raw.warmup),
            seed: raw.seed
        )
    }
}

extension RoutingSettings {
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        guard unsafe (0.01...1000).contains(raw.capacity_factor) else {
            throw .invalid(unsafe "a capacity factor of \(raw.capacity_factor)")
        }
        guard unsafe raw.threshold > 0, unsafe raw.threshold <= 1 else {
            throw .invalid(unsafe "a threshold of \(raw.threshold)")
        }
        guard unsafe (0.01...1000).contains(raw.expert_choice_factor) else {
            throw .invalid(unsafe "an expert-choice factor of \(raw.expert_choice_factor)")
        }
        var routers: [RouterName] = []
        for name in unsafe texts(raw.n_routers, raw.routers) {
            guard let router = RouterName(rawValue: name) else {
                throw .invalid("router \(name)")
            }
            routers.append(router)
        }
        unsafe self.init(
            routers: routers,
            baseline: routers.first ?? .switch,
            topK: try positive("top_k", raw.top_k),
            capacityFactor: raw.capacity_factor,
            capacityFloor: Int(raw.capacity_floor),
            threshold: raw.threshold,
            mode: try named("mode", raw.mode),
            policy: try named("policy", raw.policy),
            expertChoiceFrom: raw.expert_choice_from == 0 ? nil : Int(raw.expert_choice_from) - 1,
            relevance: try named("relevance", raw.relevance),
            choicesMax: raw.choices_max == 0 ? nil : Int(raw.choices_max),
            expertChoiceFactor: raw.expert_choice_factor,
            capacityRule: text(raw.capacity_rule).isEmpty
                ? nil : try named("capacity_rule", raw.capacity_rule),
            capacityPeriod: try positive("capacity_period", raw.capacity_period),
            trace: text(raw.trace).isEmpty ? nil : text(raw.trace),
            capacityScope: try named("capacity_scope", raw.capacity_scope)
        )
    }
}
