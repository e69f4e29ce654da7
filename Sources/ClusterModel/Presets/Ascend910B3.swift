extension PresetTable {
    /// Atlas 800T A2 with Ascend 910B3: a full mesh of eight.
    static let ascend910B3 = PresetTable(
        machine: "Atlas 800T A2 with Ascend 910B3",
        npusPerNodeMax: PresetFigure(8, "Atlas 800T A2: 8 NPUs"),
        hccs: LinkFigures(
            bandwidth: .gigabytesPerSecond(
                28,
                "Atlas 800T A2: 56 GB/s a pair are both ways; about 21 were measured"
            ),
            latency: .microseconds(3, "assumed")
        ),
        topology: PresetFigure(.mesh, "Atlas 800T A2: a link for each pair of the 8"),
        planeNodes: PresetFigure(1, "HCCS ends at the server"),
        roce: LinkFigures(
            bandwidth: .gigabytesPerSecond(25, "Atlas 800T A2: a NIC of 200 Gbit/s an NPU"),
            latency: .microseconds(10, "assumed")
        ),
        peakFlops: .teraflops(313, "quoted for the Ascend 910B3 in half precision"),
        memory: .gigabytes(64, "quoted for the Ascend 910B3")
    )
}
