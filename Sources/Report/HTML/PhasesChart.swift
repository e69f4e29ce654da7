// Where the step's time goes: gate, dispatch, expert, wait and combine, for each router.

extension Chart {
    /// Stacked bars of the slowest rank's phases in the median step.
    static func phases(of results: RunResults) -> Chart {
        let hasSums = results.routers.contains { $0.phasesUs.sum != nil }
        let sum = hasSums ? [StackedBars.Part(name: "sum", variable: "--phase-sum")] : []
        let parts =
            [
                StackedBars.Part(name: "gate", variable: "--phase-gate"),
                StackedBars.Part(name: "dispatch", variable: "--phase-dispatch"),
                StackedBars.Part(name: "expert", variable: "--phase-expert"),
                StackedBars.Part(name: "wait", variable: "--phase-wait"),
                StackedBars.Part(name: "combine", variable: "--phase-combine"),
            ] + sum
        let values = results.routers.map { router in
            let phases = router.phasesUs
            return [phases.gate, phases.dispatch, phases.expert, phases.wait, phases.combine]
                + (hasSums ? [phases.sum ?? 0] : [])
        }
        let bars = StackedBars(
            description: "Phases of a step for each router, in emulated microseconds",
            axis: "emulated µs, slowest rank of the median step",
            routers: results.routers.map(\.name),
            parts: parts,
            values: values,
            totals: values.map { Figure.time($0.reduce(0, +)) },
            palette: "phases"
        )
        return Chart(
            id: "phases",
            title: "Where a step's time goes",
            caption: """
                Phases of the rank that finished last in the step of median time, emulated µs. \
                Dispatch and combine are measured exchanges, gate and expert modelled compute; \
                wait is time in which other ranks' experts were still busy, sum that of gradients \
                over ranks.
                """,
            keys: parts.map { Key(label: $0.name, variable: $0.variable) },
            spec: bars.spec,
            height: bars.height,
            tables: [
                bars.table(
                    caption: "Phases of a step, emulated µs, slowest rank of the median step"
                )
            ]
        )
    }
}

extension StackedBars {
    /// The bars' figures.
    func table(caption: String) -> HTMLTable {
        HTMLTable(
            caption: caption,
            headers: ["router"] + parts.map(\.name) + ["sum"],
            rows: routers.indices.map { index in
                [routers[index]] + values[index].map(Figure.time) + [totals[index]]
            }
        )
    }
}
