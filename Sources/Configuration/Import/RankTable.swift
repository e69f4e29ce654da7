/// HCCL's ranktable: `version`, `server_count`, `server_list` of `server_id` and `device`, each
/// device with `device_id` and `rank_id`; numbers stand in quotes.
///
/// Source: hiascend.com, HCCL user guide, "rank table configuration".
enum RankTable {
    private static let versions = ["1.0", "1.2"]

    static func read(_ root: ClusterFileCursor) throws(ConfigurationProblem) -> ImportedCluster {
        let version = try root.required("version")
        guard versions.contains(try version.text()) else {
            throw version.problem("\"\(try version.text())\"", "version \"1.0\" or \"1.2\"")
        }
        let list = try root.required("server_list")
        var servers = ImportedServers()
        var ranks = 0
        for server in try list.list() {
            let devices = try server.required("device").list()
            for device in devices {
                try expect(ranks, of: device)
                ranks += 1
            }
            try servers.add(devices.count, at: server)
        }
        if let count = root.member("server_count") {
            let told = try count.whole(1...4096)
            guard told == servers.sizes.count else {
                throw count.problem("\(told)", "\(servers.sizes.count), as server_list has")
            }
        }
        return ImportedCluster(
            kind: "a ranktable",
            nodes: servers.sizes.count,
            npusPerNode: servers.sizes[0]
        )
    }

    private static func expect(
        _ rank: Int,
        of device: ClusterFileCursor
    ) throws(ConfigurationProblem) {
        let place = try device.required("rank_id")
        let seen = try place.whole(0...65_535)
        guard seen == rank else {
            throw place.problem(
                "rank \(seen)",
                "rank \(rank): ranks count from 0, server by server, in the order of the file"
            )
        }
    }
}
