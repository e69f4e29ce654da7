import Testing

@testable import ClusterRuntime

/// Files as the kernel writes them.
private let host = [
    "/proc/meminfo": "MemTotal:       24600000 kB\nMemFree: 5 kB\nMemAvailable:   8192 kB\n"
]

private func memory(_ files: [String: String]) -> HostMemory {
    let all = host.merging(files) { $1 }
    return HostMemory { all[$0] ?? "" }
}

@Suite struct `Memory a run may take` {
    @Test func `is what the host has, without control groups`() {
        let memory = memory([:])
        #expect(memory.bytes == 8 << 20)
        #expect(memory.limit == "this host")
    }

    @Test func `is what a group of version 2 leaves, its cache not counted`() {
        let memory = memory([
            "/proc/self/cgroup": "0::/user/run\n",
            "/sys/fs/cgroup/user/run/memory.max": "4194304\n",
            "/sys/fs/cgroup/user/run/memory.current": "3000000\n",
            "/sys/fs/cgroup/user/run/memory.stat": "anon 2000000\ninactive_file 1000000\n",
        ])
        #expect(memory.bytes == 2_194_304)
        #expect(memory.limit == "its control group")
    }

    @Test func `is what a group of version 1 leaves`() {
        let memory = memory([
            "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/run\n0::/\n",
            "/sys/fs/cgroup/memory/run/memory.limit_in_bytes": "4194304\n",
            "/sys/fs/cgroup/memory/run/memory.usage_in_bytes": "3000000\n",
            "/sys/fs/cgroup/memory/run/memory.stat": "total_inactive_file 500000\n",
        ])
        #expect(memory.bytes == 1_694_304)
    }

    @Test func `is what the tightest group around leaves, even if its own cannot be seen`() {
        let memory = memory([
            "/proc/self/cgroup": "0::/of/the/host\n",
            "/sys/fs/cgroup/memory.max": "2000000\n",
            "/sys/fs/cgroup/memory.current": "500000\n",
            "/sys/fs/cgroup/of/memory.max": "5000000\n",
            "/sys/fs/cgroup/of/memory.current": "500000\n",
        ])
        #expect(memory.bytes == 1_500_000)
    }

    @Test(arguments: ["max", "9223372036854771712"])
    func `is what the host has in a group without a limit`(limit: String) {
        let memory = memory([
            "/proc/self/cgroup": "0::/run\n",
            "/sys/fs/cgroup/run/memory.max": limit,
            "/sys/fs/cgroup/run/memory.current": "500000\n",
        ])
        #expect(memory.limit == "this host")
    }

    @Test func `is none in a group that is over its limit`() {
        let memory = memory([
            "/proc/self/cgroup": "0::/run\n",
            "/sys/fs/cgroup/run/memory.max": "4194304\n",
            "/sys/fs/cgroup/run/memory.current": "5000000\n",
        ])
        #expect(memory.bytes == 0)
    }
}
