// The tables a person sees at the end of `run`, `compare` and `simulate`: time, traffic, and
// what to think of them. At most 100 columns.

/// A run as text for a terminal.
public enum ComparisonTable {
    /// The whole text, with a line end.
    ///
    /// - Parameters:
    ///   - results: of one router or more.
    ///   - colour: marks the verdict with ANSI colours; the caller knows the terminal and
    ///     `NO_COLOR`.
    /// - Returns: the tables, a legend, and a block of facts about the run.
    public static func text(of results: RunResults, colour: Bool = false) -> String {
        var lines = TextTable.wrapped(Headline.text(of: results))
        if !results.routers.isEmpty {
            lines += ["", "Time, emulated"] + time(results).lines
            lines += ["", "Traffic of a step, both exchanges"] + traffic(results).lines
            lines += sums(results)
            lines += [""] + legend
            lines += QualityTable.lines(of: results)
        }
        lines += [""] + RunFacts.lines(of: results, colour: colour)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func time(_ results: RunResults) -> TextTable {
        let baseline = results.routers.count > 1 ? results.baseline?.name : nil
        let longest = results.routers.map { max($0.stepTimeUs.p50, $0.simulatedUs) }.max() ?? 0
        let time = TimeUnit.suiting(longest)
        var table = TextTable(columns: [
            .init(title: "router", unit: ""),
            .init(title: "step time", unit: "p50, \(time.name)"),
            .init(title: "vs \(baseline ?? "baseline")", unit: "mean [95 %]"),
            .init(title: "all-to-all", unit: "of step"),
            .init(title: "dispatch", unit: "p50, \(time.name)"),
            .init(title: "bound", unit: "p50, \(time.name)"),
            .init(title: "efficiency", unit: "bound/p50"),
            .init(title: "simulated", unit: "p50, \(time.name)"),
            .init(title: "differs", unit: "p50s"),
        ])
        table.rows = results.routers.map { router in
            [
                router.name, time.text(router.stepTimeUs.p50),
                router.ratioText(baseline: baseline), Figure.percent(router.alltoallShare, 0),
                time.text(router.dispatchUs), time.text(router.boundInForceUs),
                Figure.percent(router.efficiency), time.text(router.simulatedUs),
                Figure.change(router.simulationDifference),
            ]
        }
        return table
    }

    private static func traffic(_ results: RunResults) -> TextTable {
        let reaches = results.routers.flatMap { router in
            [router.bytes.local, router.bytes.intraNode, router.bytes.interNode]
                .map(router.perStep)
        }
        let unit = Figure.byteUnit(for: reaches.max() ?? 0)
        var table = TextTable(columns: [
            .init(title: "router", unit: ""),
            .init(title: "local", unit: "mean, \(unit.name)"),
            .init(title: "intra-node", unit: "mean, \(unit.name)"),
            .init(title: "inter-node", unit: "mean, \(unit.name)"),
            .init(title: "vs baseline", unit: "inter-node"),
            .init(title: "dropped", unit: "of pairs"),
            .init(title: "expert load", unit: "max/mean"),
            .init(title: "rank load", unit: "max/mean"),
        ])
        table.rows = results.routers.map { router in
            let bytes = router.bytes
            let reaches = [bytes.local, bytes.intraNode, bytes.interNode]
            return [router.name]
                + reaches.map { Figure.fixed(router.perStep($0) / unit.size, 2) }
                + [
                    Figure.fixed(router.versusBaseline.interNodeBytesRatio, 3),
                    Figure.percent(router.tokens.droppedShare),
                    Figure.fixed(router.imbalance.expertMaxOverMean, 2),
                    Figure.fixed(router.imbalance.rankMaxOverMean, 2),
                ]
        }
        return table
    }

    /// What ranks sum is no router's traffic, but it goes over the same links.
    private static func sums(_ results: RunResults) -> [String] {
        let summed = results.routers.compactMap { router in
            router.sumBytes.map { sums in
                [sums.intraNode, sums.interNode].map { Figure.bytes(router.perStep($0)) }
            }
        }
        guard let first = summed.first else { return [] }
        let text =
            Set(summed).count == 1 && summed.count == results.routers.count
            ? words(first)
            : zip(results.routers.filter { $0.sumBytes != nil }, summed)
                .map { "\($0.name) \(words($1))" }.joined(separator: "; ")
        return [""]
            + TextTable.labelled(
                "sums",
                "of gradients and counts, a step, beside these exchanges: \(text)"
            )
    }

    private static func words(_ sums: [String]) -> String {
        "\(sums[0]) intra-node, \(sums[1]) inter-node"
    }

    private static let legend = TextTable.labelled(
        "legend",
        """
        step time: start to the last rank's finish. vs: mean of the paired ratios of step times \
        on identical tokens, with its Student-t interval. dispatch: the first exchange, its \
        slowest rank. bound: what no exchange of these bytes can beat, with relays where \
        its algorithm relays. differs: measured \
        against simulated step time. bytes: payload, 1 MB = 1e6 B. load: tokens of the busiest \
        over the mean.
        """
    )
}
