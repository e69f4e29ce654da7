// How far a measured run can be believed, by its own records: a chunk that was late, or an
// exchange that took longer than the same machines take in virtual time, says that the host did
// not keep up.

import ClusterModel
import Report
import Statistics

/// The verdict and what it rests on.
public struct FidelityVerdict: Sendable {
    /// p99 lateness may be this share of a phase.
    public static let latenessShareMax = 0.01
    /// Measured exchanges may differ from simulated ones by this share: their median, and whatever
    /// else is reported of them (means, the 99th percentile of a bench).
    public static let errorMax = 0.01

    public let lateness: LatenessHistogram
    /// p99 lateness over the phase it belongs to, the worst case.
    public let share: Double
    /// Difference from the simulation, the worst case.
    public let error: Double
    public let cpuBusy: Double
    /// How near any port came to its rate; 0 where nobody watched.
    public let rateShareMax: Double

    public init(
        lateness: LatenessHistogram,
        share: Double,
        error: Double,
        cpuBusy: Double,
        rateShareMax: Double = 0
    ) {
        self.rateShareMax = rateShareMax
        self.lateness = lateness
        self.share = share
        self.error = error
        self.cpuBusy = cpuBusy
    }

    public var isTrusted: Bool {
        share < Self.latenessShareMax && error < Self.errorMax
            && rateShareMax <= 1
    }

    /// The verdict as it stands in results; `dilation` is the run's, to advise a better one.
    public func report(dilation: Double) -> Fidelity {
        Fidelity(
            verdict: isTrusted ? "trusted" : "suspect",
            latenessUs: LatenessUs(
                p50: Double(lateness.quantile(0.5)) / 1e6,
                p99: Double(lateness.quantile(0.99)) / 1e6,
                max: Double(lateness.maxPicoseconds) / 1e6
            ),
            latenessShareP99: share,
            cpuBusy: cpuBusy,
            advice: isTrusted ? "" : advice(dilation),
            chunks: lateness.total,
            histogram: lateness.bins.map { HistogramBin(upToUs: $0.upToUs, count: $0.count) },
            linkRateShareMax: rateShareMax > 0 ? rateShareMax : nil
        )
    }

    private func advice(_ dilation: Double) -> String {
        let excess = max(share / Self.latenessShareMax, error / Self.errorMax)
        let better = Int((dilation * min(8, max(1.5, 1.5 * excess))).rounded(.up))
        let seen =
            if share >= Self.latenessShareMax {
                "p99 lateness is \(percent(share)) of a phase, under 1 % was expected"
            } else if error >= Self.errorMax {
                "exchanges differ by \(percent(error)) from the simulation, under 1 % was expected"
            } else {
                "a link let \(percent(rateShareMax)) of what its rate allows in within 10 ms of host "
                    + "time, 100 % at most was expected"
            }
        return "\(seen); the host was \(percent(cpuBusy)) busy: raise dilation to \(better) "
            + "(--set cluster.dilation=\(better)) or stop what else runs here"
    }

    private func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
