// What LocMoE+'s adaptive mode did over a run's training steps.

/// The steps in which the layers of a router changed their mode, and by what rule.
public struct ModeRecord: Codable, Sendable, Equatable {
    /// What moves a mode.
    public enum Rule: String, Codable, Sendable {
        /// Corollary 6 of LocMoE+, with hysteresis.
        case corollary
        /// A step named in advance (`routing.expert_choice_from`).
        case schedule
    }

    public var rule: Rule
    public var layers: [Layer]

    /// One layer's.
    public struct Layer: Codable, Sendable, Equatable {
        /// The mode of the first step.
        public var start: String
        /// In the order of steps.
        public var changes: [Change]
        /// Steps in which no expert's q was known, so that the corollary had nothing to go by.
        public var stepsWithoutQ: Int

        public init(start: String, changes: [Change] = [], stepsWithoutQ: Int = 0) {
            self.start = start
            self.changes = changes
            self.stepsWithoutQ = stepsWithoutQ
        }
    }

    /// A mode that holds from a step on.
    public struct Change: Codable, Sendable, Equatable {
        /// Of training, counted from 0.
        public var step: Int
        public var mode: String

        public init(step: Int, mode: String) {
            self.step = step
            self.mode = mode
        }
    }

    /// - Parameters:
    ///   - rule: what moved the modes.
    ///   - series: the steps' records, in order.
    public init(_ rule: Rule, of series: [QualityStep]) {
        self.rule = rule
        layers = (0..<(series.map(\.layerCount).max() ?? 0)).map { index in
            let steps = series.compactMap { step in step.layer(index).map { (step.step, $0) } }
            var layer = Layer(start: steps.first?.1.mode ?? "-")
            var mode = layer.start
            for (step, record) in steps {
                layer.stepsWithoutQ += record.knowsFalsePositives ? 0 : 1
                guard let next = record.mode, next != mode else { continue }
                layer.changes.append(Change(step: step, mode: next))
                mode = next
            }
            return layer
        }
    }
}

extension ModeRecord {
    /// One line: each layer's way, at most its first changes.
    ///
    /// - Parameter steps: how many there were.
    /// - Returns: the rule and the ways.
    func text(steps: Int) -> String {
        let name = rule == .corollary ? "by Corollary 6" : "by schedule"
        let ways = layers.enumerated().map { index, layer in
            let way = layer.text(steps: steps, isByRule: rule == .corollary)
            return layers.count > 1 ? "layer \(index) \(way)" : way
        }
        return "\(name): " + ways.joined(separator: ", ")
    }
}

extension ModeRecord.Layer {
    private static let changesMax = 4

    fileprivate func text(steps: Int, isByRule: Bool) -> String {
        let shown = changes.prefix(Self.changesMax).map { "\($0.mode) from step \($0.step)" }
        let more = changes.count - shown.count
        let way =
            changes.isEmpty
            ? "\(start) throughout"
            : ([start] + shown + (more > 0 ? ["\(more) changes more"] : [])).joined(separator: ", ")
        guard isByRule, stepsWithoutQ > 0 else { return way }
        // A rule that had nothing to go by has to be told from one that had no reason.
        let share = stepsWithoutQ >= steps ? "in no step" : "not in \(stepsWithoutQ) steps"
        return way + " (q was known \(share): all tokens compared were of one class)"
    }
}
