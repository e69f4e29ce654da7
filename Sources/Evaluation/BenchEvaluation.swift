import ClusterModel
import Exchange
import Links
import Report
import Statistics

/// Exchanges of one case by one algorithm.
public struct BenchEvaluation: Sendable {
    private let samples: [BenchSample]
    /// `nil` without a link model: then there are no bounds.
    private let ports: PortMap?

    public init(_ samples: [BenchSample], over ports: PortMap?) {
        invariant(!samples.isEmpty, "a bench of no exchanges")
        self.samples = samples
        self.ports = ports
    }

    /// The figures; `asked` is what the user asked for, like `auto`.
    public func row(
        workload: String,
        asked: ExchangeAlgorithm,
        layout: RankLayout
    ) -> BenchRow {
        let times = samples.map(\.time.microseconds)
        let bounds = ports.map { ports in samples.map { LowerBound(of: $0.matrix, over: ports) } }
        let direct = bounds.map { median($0.map(\.direct.microseconds)) }
        let relayed = bounds.map { median($0.map(\.relayed.microseconds)) }
        let relays = samples.last?.algorithm.relays == true
        let transfers = ports.map { ports in
            samples.map { min($0.time, $0.transfer(over: ports)).microseconds }
        }
        let algbw = median(samples.map { rate($0) })
        let ranks = Double(layout.world)
        return BenchRow(
            workload: workload,
            algorithm: asked.rawValue,
            chosen: samples.last?.algorithm.rawValue ?? asked.rawValue,
            ranks: layout.world,
            nodes: layout.nodes,
            bytesTotal: meanTotal,
            timeUs: BenchTimes(times),
            transferUs: transfers.map { median($0) },
            waitUs: transfers.map { median(zip(times, $0).map { $0 - $1 }) },
            simulatedUs: ports.map { _ in
                median(samples.compactMap { $0.simulated?.microseconds })
            },
            differs: ports.map { _ in difference },
            boundUs: direct,
            boundRelayedUs: relayed,
            efficiency: (relays ? relayed : direct).map {
                median(times) > 0 ? $0 / median(times) : 0
            },
            algbwGbps: algbw,
            busbwGbps: algbw * (ranks - 1) / ranks,
            wrong: samples.reduce(0) { $0 + $1.mismatches },
            latenessUs: ports.map { _ in LatenessUs(lateness) },
            cpuBusy: mean(of: samples.map(\.cpuBusy)) ?? 0,
            cpuSecondsPerGb: cpuSecondsPerGb,
            wallMs: samples.reduce(0) { $0 + Double($1.wallNanoseconds) / 1e6 }
        )
    }

    /// How far these exchanges can be believed.
    public var verdict: FidelityVerdict {
        FidelityVerdict(
            lateness: lateness,
            share: Double(lateness.quantile(0.99)) / 1e6
                / max(median(samples.map(\.time.microseconds)), 1e-9),
            error: difference.p99,
            cpuBusy: mean(of: samples.map(\.cpuBusy)) ?? 0,
            rateShareMax: samples.map(\.rateShareMax).max() ?? 0
        )
    }

    /// Bytes of an exchange, rounded down; the sum of all need not fit.
    private var meanTotal: Int {
        let totals = samples.map(\.matrix.total)
        let rest = totals.reduce(0) { $0 + $1 % totals.count }
        return totals.reduce(0) { $0 + $1 / totals.count } + rest / totals.count
    }

    /// Processor time of the workers over bytes moved.
    private var cpuSecondsPerGb: Double {
        let moved = samples.reduce(0) { $0 + $1.movedBytes }
        guard moved > 0 else { return 0 }
        return samples.reduce(0) { $0 + Double($1.workerNanoseconds) } / Double(moved)
    }

    private var lateness: LatenessHistogram {
        samples.reduce(into: LatenessHistogram()) { $0.merge($1.lateness) }
    }

    private var difference: BenchDifference {
        let differences = samples.map(\.difference)
        return BenchDifference(
            p50: median(differences),
            p99: Quantile.linear(0.99, of: differences) ?? 0
        )
    }

    /// GB/s of the busiest rank.
    private func rate(_ sample: BenchSample) -> Double {
        sample.time > .zero ? Double(sample.busiestBytes) / sample.time.seconds / 1e9 : 0
    }
}

private func median(_ values: [Double]) -> Double { Quantile.linear(0.5, of: values) ?? 0 }

extension BenchTimes {
    fileprivate init(_ times: [Double]) {
        self.init(
            p50: median(times),
            p90: Quantile.linear(0.9, of: times) ?? 0,
            p99: Quantile.linear(0.99, of: times) ?? 0,
            min: times.min() ?? 0,
            max: times.max() ?? 0
        )
    }
}

extension LatenessUs {
    init(_ lateness: LatenessHistogram) {
        self.init(
            p50: Double(lateness.quantile(0.5)) / 1e6,
            p99: Double(lateness.quantile(0.99)) / 1e6,
            max: Double(lateness.maxPicoseconds) / 1e6
        )
    }
}
