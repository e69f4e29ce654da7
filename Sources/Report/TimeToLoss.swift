// When a loss was reached: what makes routers of different losses and different step times one
// figure.

/// When a loss was first seen.
public struct TimeToLoss: Codable, Sendable, Equatable {
    /// Where no router has one.
    static let nobody = "no router came to the loss that was asked for, or none was recorded"

    public var loss: Double
    /// Training steps done.
    public var step: Int
    /// Emulated µs from the first training step; nil where there is no clock.
    ///
    /// Steps of the warm start, which have none, take the mean time of those that have one.
    public var emulatedUs: Double?
    /// Steps that a training loss is the mean of, up to the step that reached it; nil where it was
    /// a look at the held-out text, as in results of earlier versions.
    public var smoothedSteps: Int?

    public init(loss: Double, step: Int, emulatedUs: Double? = nil, smoothedSteps: Int? = nil) {
        self.loss = loss
        self.step = step
        self.emulatedUs = emulatedUs
        self.smoothedSteps = smoothedSteps
    }
}

/// Where a loss is looked for.
public enum LossMeasure: Hashable, Sendable {
    /// The looks at the held-out text.
    case heldOut
    /// The training loss, mean of so many neighbouring steps: one step's is noise.
    case training(smoothedSteps: Int)

    /// What suits runs that are compared: held-out text if all looked at it on the way, else the
    /// training loss over a tenth of the steps, which costs nothing.
    public init(for qualities: [Quality]) {
        let looks = qualities.map { $0.heldOut?.count ?? 0 }.min() ?? 0
        let steps = qualities.map { $0.series?.count ?? 0 }.max() ?? 0
        self = looks > 1 ? .heldOut : .training(smoothedSteps: max(1, steps / 10))
    }
}

extension Quality {
    /// Losses by steps done, in order.
    public func losses(_ measure: LossMeasure) -> [(step: Int, loss: Double)] {
        switch measure {
        case .heldOut: return (heldOut ?? []).map { ($0.step, $0.loss) }
        case .training(let width):
            let series = series ?? []
            guard series.count >= width else { return [] }
            var sum = series[..<width].reduce(0) { $0 + $1.trainLoss }
            return (width...series.count).map { end in
                if end > width {
                    sum += series[end - 1].trainLoss - series[end - 1 - width].trainLoss
                }
                return (series[end - 1].step + 1, sum / Double(width))
            }
        }
    }

    /// When a loss was first seen; nil where it was not.
    public func reached(_ loss: Double, by measure: LossMeasure) -> TimeToLoss? {
        guard let step = losses(measure).first(where: { $0.loss <= loss })?.step else { return nil }
        var width: Int?
        if case .training(let steps) = measure { width = steps }
        return TimeToLoss(
            loss: loss,
            step: step,
            emulatedUs: emulatedUs(after: step),
            smoothedSteps: width
        )
    }

    /// From the first training step to the end of the last of so many, those without a clock at the
    /// mean of those with one.
    private func emulatedUs(after steps: Int) -> Double? {
        let series = series ?? []
        let timed = series.compactMap(\.emulatedUs)
        guard let all = timed.last else { return nil }
        let mean = all / Double(timed.count)
        let done = series.prefix { $0.step < steps }
        let before = Double(done.count { $0.emulatedUs == nil }) * mean
        return before + (done.last?.emulatedUs ?? 0)
    }

    /// Fills in when each reached a loss.
    ///
    /// - Parameters:
    ///   - qualities: those compared: of routers, or where there are none, of all.
    ///   - others: asked for the same loss, whatever theirs is.
    ///   - target: the loss; unless set the highest of their last ones, which all of them reached.
    public static func compare(
        _ qualities: inout [Quality],
        others: inout [Quality],
        target: Double? = nil
    ) {
        let measure = LossMeasure(for: qualities)
        let lasts = qualities.compactMap { $0.losses(measure).last?.loss }
        guard let loss = target ?? lasts.max() else { return }
        for index in qualities.indices {
            qualities[index].timeToLoss = qualities[index].reached(loss, by: measure)
        }
        for index in others.indices {
            others[index].timeToLoss = others[index].reached(loss, by: measure)
        }
    }

    /// Fills in when each of several reached a loss.
    public static func compare(_ qualities: inout [Quality], target: Double? = nil) {
        var none: [Quality] = []
        compare(&qualities, others: &none, target: target)
    }
}
