import ClusterModel
import Exchange
import Report
import Statistics

/// Exchanges of one probe, in four sizes.
public struct LinkEvaluation: Sendable {
    /// The bytes of a flow: for the delay, a small message, and two for the rate, whose difference
    /// leaves out all that a message costs once.
    public static let sizes = [1, 1 << 16, 1 << 20, 5 << 20]

    private let probe: LinkProbe
    /// [size][iteration].
    private let samples: [[BenchSample]]

    /// `samples` has a list for each of `sizes`.
    public init(_ probe: LinkProbe, _ samples: [[BenchSample]]) {
        invariant(
            samples.count == Self.sizes.count && samples.allSatisfy { !$0.isEmpty },
            "\(samples.count) sizes of a link, \(Self.sizes.count) expected"
        )
        self.probe = probe
        self.samples = samples
    }

    public var row: LinkBenchRow {
        let times = samples.map { Quantile.linear(0.5, of: $0.map(\.time.seconds)) ?? 0 }
        let bytes = Double(probe.flows.count * (Self.sizes[3] - Self.sizes[2]))
        let rate = bytes / max(times[3] - times[2], 1e-15) / 1e9
        let all = samples.joined()
        var lateness = LatenessHistogram()
        for sample in all { lateness.merge(sample.lateness) }
        return LinkBenchRow(
            link: probe.link,
            flows: probe.flows.count,
            configuredGbps: probe.configuredRate,
            measuredGbps: rate,
            configuredLatencyUs: probe.configuredLatency.microseconds,
            measuredLatencyUs: times[0] * 1e6,
            smallDiffers: differs(1),
            largeDiffers: differs(2),
            wrong: all.reduce(0) { $0 + $1.mismatches },
            latenessUs: LatenessUs(lateness)
        )
    }

    /// Median of measured over modelled time, minus 1, with the sign.
    private func differs(_ size: Int) -> Double {
        let ratios = samples[size].compactMap { sample in
            sample.simulated.map { sample.time.seconds / max($0.seconds, 1e-15) - 1 }
        }
        return Quantile.linear(0.5, of: ratios) ?? 0
    }
}
