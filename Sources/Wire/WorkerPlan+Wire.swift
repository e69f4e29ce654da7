// The plan on its way to a worker: names travel as they stand in a configuration.

import CProtobufC
import CWire
import ClusterModel

extension WorkerPlan {
    func fill(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        raw.nodes = UInt32(plan.nodes)
        raw.npus_per_node = UInt32(plan.npusPerNode)
        raw.tp = UInt32(plan.parallel.tp)
        raw.ep = UInt32(plan.parallel.ep)
        raw.dp = UInt32(plan.parallel.dp)
        fillModel(&raw, arena)
        raw.links = arena.message(wire__links__init) { plan.links.fill(&$0, arena) }
        fillWorkload(&raw, arena)
        fillRouting(&raw, arena)
        raw.layout = arena.string(plan.exchange.layout.rawValue)
        raw.chunk = UInt32(plan.exchange.chunk.value)
        raw.unshaped = unshaped ? 1 : 0
        (raw.n_peer_ports, raw.peer_ports) = arena.array(peerPorts.map(UInt32.init))
        raw.dilation = dilation
        raw.window_ns = windowNanoseconds
        raw.catch_up_ns = catchUpNanoseconds
    }

    private func fillModel(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        raw.experts = UInt32(plan.model.experts)
        raw.hidden = UInt32(plan.model.hidden)
        raw.ffn = UInt32(plan.model.ffn)
        raw.dtype = arena.string(plan.model.dtype.rawValue)
        raw.utilisation = plan.model.utilisation
        raw.peak_flops = plan.model.peakFlops
    }

    private func fillWorkload(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        raw.tokens = arena.string(plan.workload.tokens)
        raw.tokens_per_npu = UInt32(plan.workload.tokensPerNPU)
        raw.sharding = arena.string(plan.workload.sharding.rawValue)
        raw.seed = plan.workload.seed
    }

    private func fillRouting(_ raw: inout Wire__WorkerPlan, _ arena: PackingArena) {
        raw.top_k = UInt32(plan.routing.topK)
        raw.capacity_factor = plan.routing.capacityFactor
        raw.capacity_floor = UInt32(plan.routing.capacityFloor)
        raw.threshold = plan.routing.threshold
        raw.mode = arena.string(plan.routing.mode.rawValue)
        raw.policy = arena.string(plan.routing.policy.rawValue)
        (raw.n_routers, raw.routers) = arena.strings(plan.routing.routers.map(\.rawValue))
    }

    init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        let plan = ClusterPlan(
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
                chunk: ByteCount(try positive("chunk", raw.chunk))
            )
        )
        // Stretched and shrunk, these stay far from an Int64's end; no comparison takes a NaN.
        guard (1e-3...1e12).contains(raw.dilation) else {
            throw .invalid("a dilation of \(raw.dilation)")
        }
        let host: ClosedRange<Int64> = 0...1_000_000_000_000
        guard host.contains(raw.window_ns), host.contains(raw.catch_up_ns) else {
            throw .invalid("a window of \(raw.window_ns) ns, a catch-up of \(raw.catch_up_ns) ns")
        }
        let degrees = plan.parallel
        guard degrees.tp * degrees.ep * degrees.dp == plan.world,
            plan.model.experts % degrees.ep == 0
        else { throw .invalid("parallel degrees that do not fit") }
        self.init(
            plan: plan,
            unshaped: raw.unshaped != 0,
            peerPorts: UnsafeBufferPointer(start: raw.peer_ports, count: raw.n_peer_ports)
                .map(Int.init),
            dilation: raw.dilation,
            windowNanoseconds: raw.window_ns,
            catchUpNanoseconds: raw.catch_up_ns
        )
    }
}

extension ModelShape {
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        guard raw.utilisation > 0, raw.utilisation <= 1, raw.peak_flops > 0,
            raw.peak_flops.isFinite
        else { throw .invalid("an NPU without a peak") }
        self.init(
            hidden: try positive("hidden", raw.hidden),
            ffn: try positive("ffn", raw.ffn),
            experts: try positive("experts", raw.experts),
            layers: 1,
            dtype: try named("dtype", raw.dtype),
            utilisation: raw.utilisation,
            peakFlops: raw.peak_flops
        )
    }
}

extension Workload {
    /// Steps and warm-up stay with the coordinator.
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        self.init(
            tokens: text(raw.tokens),
            tokensPerNPU: try positive("tokens_per_npu", raw.tokens_per_npu),
            sharding: try named("sharding", raw.sharding),
            steps: 1,
            warmup: 0,
            seed: raw.seed
        )
    }
}

extension RoutingSettings {
    fileprivate init(_ raw: Wire__WorkerPlan) throws(ControlError) {
        guard (0.01...1000).contains(raw.capacity_factor) else {
            throw .invalid("a capacity factor of \(raw.capacity_factor)")
        }
        guard raw.threshold > 0, raw.threshold <= 1 else {
            throw .invalid("a threshold of \(raw.threshold)")
        }
        var routers: [RouterName] = []
        for name in texts(raw.n_routers, raw.routers) {
            guard let router = RouterName(rawValue: name) else {
                throw .invalid("router \(name)")
            }
            routers.append(router)
        }
        self.init(
            routers: routers,
            baseline: routers.first ?? .switch,
            topK: try positive("top_k", raw.top_k),
            capacityFactor: raw.capacity_factor,
            capacityFloor: Int(raw.capacity_floor),
            threshold: raw.threshold,
            mode: try named("mode", raw.mode),
            policy: try named("policy", raw.policy)
        )
    }
}
