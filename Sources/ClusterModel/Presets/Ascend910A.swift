extension PresetTable {
    /// Atlas 800 9000 with Ascend 910A: two quads of HCCS, joined by PCIe.
    static let ascend910A = PresetTable(
        machine: "Atlas 800 9000 with Ascend 910A",
        npusPerNodeMax: PresetFigure(8, "Atlas 800 9000: 8 NPUs in two quads"),
        hccs: LinkFigures(
            bandwidth: .gigabytesPerSecond(30, "Atlas 800 9000: HCCS, 240 Gbit/s a pair of a quad"),
            latency: .microseconds(3, "assumed")
        ),
        topology: PresetFigure(.quads, "Atlas 800 9000: NPUs 0 to 3 and 4 to 7 are meshes"),
        planeNodes: PresetFigure(1, "HCCS ends at the server"),
        pcie: LinkFigures(
            bandwidth: .gigabytesPerSecond(32, "PCIe 4.0 x16: 16 GT/s a lane, before its coding"),
            latency: .microseconds(3, "assumed: as HCCS")
        ),
        roce: LinkFigures(
            bandwidth: .gigabytesPerSecond(12.5, "Atlas 800 9000: a NIC of 100 Gbit/s an NPU"),
            latency: .microseconds(10, "assumed")
        ),
        uplink: UplinkFigures(
            nodesPerLeaf: PresetFigure(4, "assumed: 32 ports of a leaf switch to 4 servers"),
            oversubscription: PresetFigure(1, "assumed: as many uplinks as NICs")
        ),
        peakFlops: .teraflops(320, "quoted for the Ascend 910A; 256 at its launch in 2019"),
        memory: .gigabytes(32, "quoted for the Ascend 910A")
    )
}
