import ClusterModel
import Links

extension PortMap {
    /// Meshes of 28 GB/s, NICs of 25 GB/s between them.
    static func mesh(_ layout: RankLayout) -> PortMap {
        let rate = { (bytes: Int64) in
            LinkRate(
                bandwidth: Bandwidth(bytesPerSecond: bytes),
                latency: Interval(picoseconds: 3_000_000)
            )
        }
        return PortMap(
            layout: layout,
            links: LinkSettings(
                hccs: rate(28_000_000_000),
                topology: .mesh,
                roce: rate(25_000_000_000)
            )
        )
    }
}
