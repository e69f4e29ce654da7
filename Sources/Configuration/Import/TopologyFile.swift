/// HCCL-VM's topology: `meta` with `podNum`, `serNum` and `rankNum`; `topology`, a list of pods with
/// `podId` and `servers`, each with `serId` and `ranks`, its NPUs counted from 0.
///
/// Source: hcomm, test/hccl_vm, cluster_model/topo_meta.
enum TopologyFile {
    static func read(_ root: ClusterFileCursor) throws(ConfigurationProblem) -> ImportedCluster {
        var servers = ImportedServers()
        var pods: [Int] = []
        for pod in try root.required("topology").list() {
            let inPod = try pod.required("servers").list()
            for server in inPod {
                let ranks = try server.required("ranks")
                try servers.add(try count(ranks), at: ranks)
            }
            if let first = pods.first, first != inPod.count {
                throw pod.problem("\(inPod.count) servers", "\(first), as the first pod has")
            }
            pods.append(inPod.count)
        }
        let cluster = ImportedCluster(
            kind: "a topology of HCCL-VM",
            nodes: servers.sizes.count,
            npusPerNode: servers.sizes[0],
            podNodes: pods.count > 1 ? pods[0] : nil
        )
        try check(root.member("meta"), cluster, pods: pods.count)
        return cluster
    }

    /// NPUs of a server, which must be 0, 1, 2 and so on.
    private static func count(_ ranks: ClusterFileCursor) throws(ConfigurationProblem) -> Int {
        let list = try ranks.list()
        for (index, rank) in list.enumerated() {
            let seen = try rank.whole(0...65_535)
            guard seen == index else {
                throw rank.problem("rank \(seen)", "\(index): a server's NPUs count from 0")
            }
        }
        return list.count
    }

    private static func check(
        _ meta: ClusterFileCursor?,
        _ cluster: ImportedCluster,
        pods: Int
    ) throws(ConfigurationProblem) {
        let counts = [
            ("podNum", pods), ("serNum", cluster.nodes),
            ("rankNum", cluster.nodes * cluster.npusPerNode),
        ]
        for (key, counted) in counts {
            guard let member = meta?.member(key) else { continue }
            let told = try member.whole(1...65_536)
            guard told == counted else {
                throw member.problem("\(told)", "\(counted), as topology has")
            }
        }
    }
}
