/// Configurations to start from: short, so that a change of a byte means something.
enum ConfigurationSamples {
    static let all = [
        "# all as it is by default\n",
        """
        [cluster]
        preset = "910b3"
        nodes = 2
        npus_per_node = 4
        dilation = "auto"
        """,
        """
        cluster.preset = "910a"
        cluster.nodes = 4
        cluster.npus_per_node = 8
        parallel = { tp = 2, ep = 16 }
        """,
        """
        [links.hccs]
        bandwidth = "28 GB/s"
        latency = "3 us"
        topology = "switch"
        [links.roce]
        bandwidth = "200 Gbit/s"
        latency = "10 us"
        """,
        """
        [model]
        hidden = 4_096
        ffn = 14336
        experts = 16
        dtype = "bf16"
        utilisation = 0.4
        """,
        """
        [workload]
        tokens_per_npu = 0x200
        steps = 10
        warmup = 2
        seed = 7
        sharding = "domain"
        """,
        """
        [routing]
        routers = ["switch", "hash", "locmoe", "locmoe+"]
        baseline = "switch"
        top_k = 1
        capacity_factor = 1.1
        capacity_scope = "source"
        """,
        """
        [exchange]
        algorithm = "hierarchical"
        layout = "padded"
        pipeline = 2
        [recovery]
        policy = ["retry", "restart", "exclude"]
        restart_max = 5
        """,
        """
        [[faults]]
        kind = "straggler"
        npu = 3
        factor = 2.5
        at = "step 5"
        for = "2 steps"
        """,
        """
        [[faults]]
        kind = "kill"
        target = "random"
        probability = "1/4"
        every = "3 steps"
        [[faults]]
        kind = "corrupt"
        ratio = "1/8"
        from = 1
        to = 2
        at = "3rd message from 1 to 2"
        until = "step 7"
        """,
        """
        [[faults]]
        kind = "stall"
        period = "400 us"
        length = "0.2 ms"
        npu = 1
        at = "step 3 combine"
        """,
        "cluster = \"two\"\n[cluster]\nnodes = -1\nnoodles = 2\n",
    ]
}
