extension PresetTable {
    /// CloudMatrix384: 48 servers of eight Ascend 910C on one plane of the unified bus (UB), which
    /// stands here in the place of HCCS.
    static let cloudMatrix384 = PresetTable(
        machine: "CloudMatrix384 with Ascend 910C",
        npusPerNodeMax: PresetFigure(8, "arXiv 2506.12708: 48 servers of 8 make 384 NPUs"),
        hccs: LinkFigures(
            bandwidth: .gigabytesPerSecond(
                392,
                "arXiv 2506.12708: UB of an NPU, 196 GB/s for each of its two dies"
            ),
            latency: .microseconds(3, "assumed: as HCCS of a server")
        ),
        topology: PresetFigure(.switch, "arXiv 2506.12708: an NPU's UB reaches all others alike"),
        planeNodes: PresetFigure(48, "arXiv 2506.12708: one plane joins the supernode"),
        roce: LinkFigures(
            bandwidth: .gigabytesPerSecond(50, "arXiv 2506.12708: RDMA of 400 Gbit/s an NPU"),
            latency: .microseconds(10, "assumed")
        ),
        peakFlops: .teraflops(752, "Ascend/msmodeling, half precision: ATLAS_800_A3_752T"),
        memory: .gigabytes(128, "arXiv 2506.12708: 64 GB for each of its two dies")
    )
}
