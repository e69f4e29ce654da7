// How computing and communicating share a step, as the papers plot it.

extension Chart {
    /// Stacked bars of computation, overlap, communication and idle time; `nil` of a run whose
    /// records do not tell.
    static func overlap(of results: RunResults) -> Chart? {
        let routers = results.routers.filter { $0.overlap != nil }
        guard !routers.isEmpty else { return nil }
        let parts = [
            StackedBars.Part(name: "computation", variable: "--phase-expert"),
            StackedBars.Part(name: "overlap", variable: "--phase-combine"),
            StackedBars.Part(name: "communication", variable: "--phase-dispatch"),
            StackedBars.Part(name: "idle", variable: "--phase-wait"),
        ]
        let values = routers.compactMap(\.overlap).map { shares in
            [shares.computation, shares.overlap, shares.communication, shares.idle].map { $0 * 100 }
        }
        let bars = StackedBars(
            description: "Computing and communicating as shares of the step for each router",
            axis: "% of the step time, mean over steps and NPUs",
            routers: routers.map(\.name),
            parts: parts,
            values: values,
            totals: values.map { "\(Figure.fixed($0[1], 0)) %" },
            palette: "overlap"
        )
        return Chart(
            id: "overlap",
            title: "How computing and communicating overlap",
            caption: """
                Of each NPU's step: computation is the gate and the experts alone, communication \
                an exchange alone with its waits for others, overlap both at once (pipelined \
                exchanges: exchange.pipeline), idle the time after an NPU has finished.
                """,
            keys: parts.map { Key(label: $0.name, variable: $0.variable) },
            spec: bars.spec,
            height: bars.height,
            tables: [bars.table(caption: "Shares of the step time in %, mean over steps and NPUs")]
        )
    }
}
