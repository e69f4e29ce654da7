// Figures that follow from a router's results.

import ClusterModel

extension RouterResults {
    /// p50 of the measured dispatch exchange (its slowest rank), in emulated µs.
    var dispatchUs: Double { efficiency > 0 ? boundInForceUs / efficiency : phasesUs.dispatch }

    /// Measured over simulated p50 of the step time, less 1.
    var simulationDifference: Double { stepTimeUs.p50 / simulatedUs - 1 }

    /// Mean of a step.
    func perStep(_ bytes: Int) -> Double { Double(bytes) / Double(max(steps, 1)) }

    /// "0.81 [0.79, 0.83]", "1" of the baseline itself, "-" without any.
    func ratioText(baseline: String?) -> String {
        guard let baseline else { return "-" }
        guard name != baseline else { return "1" }
        let ratio = Figure.fixed(versusBaseline.stepTimeRatio, 3)
        guard let interval = versusBaseline.interval else { return ratio + " [-]" }
        return "\(ratio) [\(Figure.fixed(interval.low, 3)), \(Figure.fixed(interval.high, 3))]"
    }

    /// The bound that holds for its algorithm, p50 over steps, µs.
    var boundInForceUs: Double {
        let algorithm = algorithm.flatMap(ExchangeAlgorithm.init(rawValue:))
        return algorithm?.relays == true ? boundUs.relayed : boundUs.direct
    }
}
