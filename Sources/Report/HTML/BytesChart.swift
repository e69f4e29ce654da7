// How far a step's bytes go: they stay on the NPU, stay in the node, or leave it.

extension Chart {
    /// Stacked bars of payload bytes, mean of a step, both exchanges.
    static func bytes(of results: RunResults) -> Chart {
        let parts = [
            StackedBars.Part(name: "local", variable: "--reach-local"),
            StackedBars.Part(name: "intra-node", variable: "--reach-intra"),
            StackedBars.Part(name: "inter-node", variable: "--reach-inter"),
        ]
        let counts = results.routers.map { router in
            [router.bytes.local, router.bytes.intraNode, router.bytes.interNode]
                .map(router.perStep)
        }
        let unit = Figure.byteUnit(for: counts.map { $0.reduce(0, +) }.max() ?? 0)
        let values = counts.map { $0.map { $0 / unit.size } }
        let bars = StackedBars(
            description: "Bytes of a step by how far they travel, for each router",
            axis: "\(unit.name) a step, mean",
            routers: results.routers.map(\.name),
            parts: parts,
            values: values,
            totals: values.map { Figure.time($0.reduce(0, +)) },
            palette: "reaches"
        )
        let note =
            results.routers.contains { $0.sumBytes != nil }
            ? " Sums of gradients and counts are not in it: they stand among all figures." : ""
        return Chart(
            id: "bytes",
            title: "How far a step's bytes go",
            caption: """
                Payload of dispatch and combine together, mean of a step, \(unit.name). Local \
                bytes cross no link, intra-node bytes HCCS, inter-node bytes RoCE.\(note)
                """,
            keys: parts.map { Key(label: $0.name, variable: $0.variable) },
            spec: bars.spec,
            height: bars.height,
            tables: [bars.table(caption: "Payload of a step, \(unit.name), mean")]
        )
    }
}
