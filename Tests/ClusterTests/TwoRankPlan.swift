import ClusterModel

extension ClusterPlan {
    /// A node of two NPUs that routes nothing, for bare exchanges.
    ///
    /// Built as a value: the TOML library leaks, and the leak check of tools/sanitize would blame
    /// that on the sockets under test.
    static var twoRanks: ClusterPlan {
        let link = LinkRate(
            bandwidth: Bandwidth(bytesPerSecond: 28_000_000_000),
            latency: .zero
        )
        return ClusterPlan(
            preset: .custom,
            nodes: 1,
            npusPerNode: 2,
            dilation: .fixed(1),
            links: LinkSettings(hccs: link, topology: .mesh, roce: link),
            parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
            model: ModelShape(
                hidden: 4096,
                ffn: 14_336,
                experts: 16,
                layers: 1,
                dtype: .bf16,
                utilisation: 0.4,
                peakFlops: 313e12
            ),
            workload: Workload(
                tokens: "",
                tokensPerNPU: 512,
                sharding: .iid,
                steps: 1,
                warmup: 0,
                seed: 7
            ),
            routing: RoutingSettings(
                routers: [],
                baseline: .switch,
                topK: 1,
                capacityFactor: 1.1,
                capacityFloor: 1,
                threshold: 0.8,
                mode: .ecr,
                policy: .drop
            ),
            exchange: ExchangeSettings(
                algorithm: .auto,
                layout: .exact,
                chunk: ByteCount(65_536)
            )
        )
    }
}
