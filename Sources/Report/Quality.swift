// What a router, or a control beside it, has learned; absent where nothing was trained.

/// Model quality, once routers are trained.
///
/// Losses are mean cross-entropies in nats.
public struct Quality: Codable, Sendable, Equatable {
    /// Mean of the last tenth of the steps.
    public var trainLoss: Double
    /// Over the held-out text, after the last step.
    public var heldOutLoss: Double
    /// Every training step; nil in results of earlier versions.
    public var series: [QualityStep]?
    /// The held-out text, looked at now and then; the last point is the end.
    public var heldOut: [HeldOutPoint]?
    /// Calinski-Harabasz index of held-out tokens (as they enter the first MoE layer) by the
    /// expert that keeps them; nil without experts.
    public var calinskiHarabasz: Double?
    /// What placing the experts of its layers would save; nil of a single layer.
    public var placement: PlacementGain?
    /// Of all steps: pairs that experts kept, of those offered; nil without experts.
    public var keptShare: Double?
    /// When a loss that all reached was reached; nil before they are compared.
    public var timeToLoss: TimeToLoss?

    public init(
        trainLoss: Double,
        heldOutLoss: Double,
        series: [QualityStep]? = nil,
        heldOut: [HeldOutPoint]? = nil,
        calinskiHarabasz: Double? = nil,
        placement: PlacementGain? = nil
    ) {
        self.trainLoss = trainLoss
        self.heldOutLoss = heldOutLoss
        self.series = series
        self.heldOut = heldOut
        self.calinskiHarabasz = calinskiHarabasz
        self.placement = placement
        keptShare = Self.keptShare(of: series ?? [])
    }

    private static func keptShare(of series: [QualityStep]) -> Double? {
        let offered = series.reduce(0) { $0 + $1.offered }
        return offered > 0 ? Double(series.reduce(0) { $0 + $1.kept }) / Double(offered) : nil
    }

    /// The first look at the held-out text that found `loss` or less.
    public func reached(_ loss: Double) -> TimeToLoss? {
        guard let point = heldOut?.first(where: { $0.loss <= loss }) else { return nil }
        return TimeToLoss(loss: loss, step: point.step, emulatedUs: point.emulatedUs)
    }

    /// Payload between nodes, mean of a step; nil without steps.
    public var interNodeBytesPerStep: Double? {
        let bytes = (series ?? []).compactMap(\.interNodeBytes)
        return bytes.isEmpty ? nil : Double(bytes.reduce(0, +)) / Double(bytes.count)
    }

    /// Fills in when each reached the highest of their last losses, which all of them did.
    public static func compare(_ qualities: inout [Quality]) {
        guard let loss = qualities.compactMap({ $0.heldOut?.last?.loss }).max() else { return }
        for index in qualities.indices {
            qualities[index].timeToLoss = qualities[index].reached(loss)
        }
    }
}

/// A look at the held-out text.
public struct HeldOutPoint: Codable, Sendable, Equatable {
    /// Training steps done.
    public var step: Int
    /// Emulated µs since training began; nil where there is no clock.
    public var emulatedUs: Double?
    public var loss: Double

    public init(step: Int, emulatedUs: Double? = nil, loss: Double) {
        self.step = step
        self.emulatedUs = emulatedUs
        self.loss = loss
    }
}

/// When a held-out loss was first seen.
public struct TimeToLoss: Codable, Sendable, Equatable {
    public var loss: Double
    /// Training steps done.
    public var step: Int
    /// Emulated µs since training began; nil where there is no clock.
    public var emulatedUs: Double?

    public init(loss: Double, step: Int, emulatedUs: Double? = nil) {
        self.loss = loss
        self.step = step
        self.emulatedUs = emulatedUs
    }
}
