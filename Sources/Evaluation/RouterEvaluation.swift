// From the steps of one router to what it cost and did.

import ClusterModel
import Exchange
import Links
import Report
import Statistics

/// The measured steps of one router.
struct RouterEvaluation {
    let name: String
    let steps: [StepEvaluation]
    /// Sums of the steps before them.
    private let earlier: StepTotals
    private let plan: ClusterPlan
    private let traffic: ExpertTraffic

    init(name: String, steps: [StepEvaluation], earlier: StepTotals, plan: ClusterPlan) {
        self.name = name
        self.steps = steps
        self.earlier = earlier
        self.plan = plan
        traffic = ExpertTraffic(plan)
    }

    var stepTimes: [Double] { steps.map(\.record.stepTimeUs) }

    private func median(_ value: (StepRecord) -> Double) -> Double {
        Quantile.linear(0.5, of: steps.map { value($0.record) }) ?? 0
    }

    private func sum(_ value: (StepRecord) -> Int) -> Int {
        steps.reduce(0) { $0 + value($1.record) }
    }

    /// p50 of the dispatch exchange, its slowest rank, µs.
    var dispatchMedian: Double {
        Quantile.linear(0.5, of: steps.map(\.dispatchTime.microseconds)) ?? 0
    }

    /// Lateness of all its chunks.
    var lateness: LatenessHistogram {
        var all = LatenessHistogram()
        for step in steps { all.merge(step.outcome.lateness) }
        return all
    }

    /// p50 of |measured - simulated| / simulated over its exchanges.
    var alltoallError: Double {
        median { record in
            guard record.simulatedAlltoallUs > 0 else { return 0 }
            return abs(record.alltoallUs - record.simulatedAlltoallUs) / record.simulatedAlltoallUs
        }
    }

    /// |mean measured - mean simulated| / mean simulated: what means and paired ratios rest on.
    var alltoallMeanError: Double {
        let simulated = steps.reduce(0) { $0 + $1.record.simulatedAlltoallUs }
        let measured = steps.reduce(0) { $0 + $1.record.alltoallUs }
        return simulated > 0 ? abs(measured - simulated) / simulated : 0
    }

    func results(baseline: RouterEvaluation) -> RouterResults {
        let bound = BoundsUs(direct: median(\.boundUs.direct), relayed: median(\.boundUs.relayed))
        return RouterResults(
            name: name,
            steps: earlier.steps + steps.count,
            stepTimeUs: SampleSummary(of: stepTimes),
            phasesUs: phases,
            alltoallShare: median { ($0.phasesUs.dispatch + $0.phasesUs.combine) / $0.stepTimeUs },
            bytes: bytes,
            sumBytes: sumBytes,
            tokens: tokens,
            imbalance: imbalance,
            memoryBytes: MemoryBytes(
                exchangePeak: steps.flatMap(\.outcome.inputs).map(\.bufferBytes).max() ?? 0
            ),
            boundUs: bound,
            efficiency: dispatchMedian > 0 ? applicable(bound) / dispatchMedian : 0,
            simulatedUs: median(\.simulatedUs),
            simulatedSamples: steps.map(\.record.simulatedUs),
            alltoallError: alltoallError,
            verified: verified,
            versusBaseline: versus(baseline),
            traffic: trafficRows,
            algorithm: usualStep?.algorithm,
            algorithmReason: usualStep?.algorithmReason,
            overlap: overlap,
            decisions: decisions
        )
    }

    /// Of routers that learn, the record of what they learned has it.
    private var decisions: Decisions? {
        guard plan.training.corpus == nil else { return nil }
        return Decisions(steps.map(\.record), relevance: plan.routing.relevance.rawValue)
    }

    /// A step that went by the algorithm that most steps went by.
    private var usualStep: StepRecord? {
        let counts = steps.reduce(into: [String: Int]()) {
            $0[$1.record.algorithm ?? "", default: 0] += 1
        }
        let most = counts.values.max()
        return steps.map(\.record).first { counts[$0.algorithm ?? ""] == most }
    }

    /// The bound that holds for the algorithm: only some of them relay.
    private func applicable(_ bound: BoundsUs) -> Double {
        let algorithm = usualStep?.algorithm.flatMap(ExchangeAlgorithm.init(rawValue:))
        return algorithm?.relays == true ? bound.relayed : bound.direct
    }

    private var overlap: OverlapShares? {
        let shares = steps.compactMap(\.record.overlap)
        guard !shares.isEmpty else { return nil }
        func average(_ part: (OverlapShares) -> Double) -> Double {
            shares.reduce(0) { $0 + part($1) } / Double(shares.count)
        }
        return OverlapShares(
            computation: average(\.computation),
            communication: average(\.communication),
            overlap: average(\.overlap),
            idle: average(\.idle)
        )
    }

    /// Of the step in the middle, or the mean of the two: they add up to the p50 step time.
    private var phases: Phases {
        let sorted = steps.map(\.record).sorted { $0.stepTimeUs < $1.stepTimeUs }
        let middle = sorted[((sorted.count - 1) / 2)...(sorted.count / 2)].map(\.phasesUs)
        func average(_ value: (Phases) -> Double) -> Double {
            middle.reduce(0) { $0 + value($1) } / Double(middle.count)
        }
        return Phases(
            gate: average(\.gate),
            dispatch: average(\.dispatch),
            expert: average(\.expert),
            combine: average(\.combine),
            wait: average(\.wait),
            sum: middle.contains { $0.sum != nil } ? average { $0.sum ?? 0 } : nil
        )
    }

    private var bytes: BytesByReach {
        BytesByReach(
            local: earlier.bytes.local + sum(\.bytes.local),
            intraNode: earlier.bytes.intraNode + sum(\.bytes.intraNode),
            interNode: earlier.bytes.interNode + sum(\.bytes.interNode)
        )
    }

    /// Of what ranks sum; nil where nothing is.
    private var sumBytes: BytesByReach? {
        guard sumMatrix.total > 0 else { return nil }
        return BytesByReach(sumMatrix, over: traffic.layout)
    }

    private var loads: [ExpertLoads] {
        steps.map { step in
            let excluded = Set(step.outcome.excluded)
            return ExpertLoads(
                step.outcome,
                excluded.isEmpty ? traffic : ExpertTraffic(plan, excluded: excluded)
            )
        }
    }

    private var tokens: TokenCounts {
        let experts = loads.map(\.experts)
        return TokenCounts(
            offered: earlier.offered + sum(\.offered),
            routed: earlier.routed + sum(\.routed),
            dropped: earlier.dropped + sum(\.dropped),
            perExpertMax: mean(of: experts.map { Double($0.max() ?? 0) }) ?? 0,
            perExpertMean: mean(
                of: experts.map { Double($0.reduce(0, +)) / Double(max(1, $0.count)) }
            ) ?? 0
        )
    }

    private var imbalance: ImbalanceMeasures {
        let experts = loads.map { Imbalance(of: $0.experts) }
        let ranks = loads.map { Imbalance(of: $0.ranks) }
        let nodes = loads.map { Imbalance(of: $0.nodes) }
        return ImbalanceMeasures(
            expertMaxOverMean: mean(of: experts.map(\.maxOverMean)) ?? 0,
            rankMaxOverMean: mean(of: ranks.map(\.maxOverMean)) ?? 0,
            nodeMaxOverMean: mean(of: nodes.map(\.maxOverMean)) ?? 0,
            cv: mean(of: experts.map(\.cv)) ?? 0,
            gini: mean(of: experts.map(\.gini)) ?? 0,
            entropy: mean(of: experts.map(\.entropy)) ?? 0
        )
    }

    private var verified: Verified {
        var all = earlier.verification
        for step in steps { all += step.outcome.verification }
        return Verified(tokens: all.tokens, bytes: all.bytes, mismatches: all.mismatches)
    }

    /// Paired by step: both routed the same tokens.
    private func versus(_ baseline: RouterEvaluation) -> VersusBaseline {
        let paired = min(stepTimes.count, baseline.stepTimes.count)
        let difference = PairedDifference(
            of: Array(stepTimes.prefix(paired)),
            over: Array(baseline.stepTimes.prefix(paired))
        )
        let own = Double(bytes.interNode)
        let base = Double(baseline.bytes.interNode)
        return VersusBaseline(
            stepTimeRatio: difference?.meanRatio ?? 1,
            ci95: difference.flatMap { $0.ci95.count == 2 ? $0.ci95 : nil },
            interNodeBytesRatio: base > 0 ? own / base : 1
        )
    }

    /// All exchanges of all steps, self traffic included.
    private var trafficMatrix: TrafficMatrix {
        var matrix = earlier.traffic
        for step in steps { matrix += step.traffic }
        return matrix
    }

    /// All sums over ranks of all steps.
    private var sumMatrix: TrafficMatrix {
        var matrix = earlier.sums
        for sums in steps.compactMap(\.sums) { matrix += sums }
        return matrix
    }

    private var trafficRows: [[Int]] { trafficMatrix.rows }

    /// A row for each link that carried anything, of exchanges or of sums.
    var links: [LinkRecord] {
        var matrix = trafficMatrix
        matrix += sumMatrix
        let ports = PortMap(layout: traffic.layout, links: plan.links)
        var records: [LinkRecord] = []
        for from in traffic.layout.ranks {
            for to in traffic.layout.ranks where to != from && matrix[from, to] > 0 {
                let link = ports.link(from, to)
                let bytes = ByteCount(matrix[from, to])
                records.append(
                    LinkRecord(
                        router: name,
                        from: from.index,
                        to: to.index,
                        linkClass: link.rawValue,
                        bytes: bytes.value,
                        busyUs: ports.rate(of: link).bandwidth.time(for: bytes).microseconds
                    )
                )
            }
        }
        return records
    }
}
