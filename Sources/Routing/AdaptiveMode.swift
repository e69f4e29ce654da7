import ClusterModel

/// When LocMoE+ goes from token choice to expert choice and back, and the C of each step.
///
/// A pure machine: the reduced estimates of a step go in, the mode and capacity of the next come
/// out. All ranks feed it the same numbers, so all change in the same step.
///
///     var mode = AdaptiveMode(settings)
///     let counts = allReduce(ResonanceCounts(of: affinities, topK: 1, labels: …))
///     let next = mode.advance(counts.resonance)      // the same on every rank
///
/// The paper shows why (Theorem 5, Corollary 6 of arXiv 2406.00023) and not when. Ours, from the
/// corollary: to expert choice once `C >= 2 s max_i q_i`, where it succeeds; back to token choice
/// once `C <= (s - 1) min_i q_i / 2`, where it fails; in between nothing changes, so that noise
/// in q does not make it flutter. The C tested is the one in force.
public struct AdaptiveMode: Hashable, Sendable {
    /// What moves the mode.
    public enum Trigger: Hashable, Sendable {
        /// Corollary 6 with hysteresis.
        case corollary
        /// A plain schedule, for comparison: expert choice from this step on.
        case schedule(expertChoiceFrom: Int)
        /// Never: the mode stays what it is at the start.
        case fixed
    }

    public struct Settings: Hashable, Sendable {
        public var batch: BatchShape
        public var start: SelectionMode
        public var trigger: Trigger
        /// Who sets C in each mode.
        public var tokenChoice: CapacityRule
        public var expertChoice: CapacityRule
        /// C_min.
        public var floor: Int
        /// Steps between two estimates of C within a mode, at least 1; a change of mode sets C
        /// anew at once.
        public var period: Int

        public init(
            batch: BatchShape,
            start: SelectionMode = .tcr,
            trigger: Trigger = .corollary,
            tokenChoice: CapacityRule,
            expertChoice: CapacityRule = .corollary,
            floor: Int = 1,
            period: Int = 16
        ) {
            invariant(period > 0, "a period of \(period) steps")
            self.batch = batch
            self.start = start
            self.trigger = trigger
            self.tokenChoice = tokenChoice
            self.expertChoice = expertChoice
            self.floor = floor
            self.period = period
        }
    }

    /// What holds for a step.
    public struct Decision: Hashable, Sendable {
        public var mode: SelectionMode
        public var capacity: CapacityDecision
        /// Whether the mode is another than before.
        public var isSwitch: Bool
    }

    public let settings: Settings
    private var step = 0
    private var mode: SelectionMode
    private var capacity: CapacityDecision?
    private var lastEstimate = 0

    public init(_ settings: Settings) {
        self.settings = settings
        mode = settings.start
    }

    /// Takes a step's estimates over all ranks and says what holds for the next step; called for
    /// the first time with those of the first step's batch, it says what holds for that one.
    public mutating func advance(_ resonance: Resonance) -> Decision {
        let before = mode
        if capacity == nil { estimate(resonance) }
        mode = nextMode(resonance)
        if mode != before || step - lastEstimate >= settings.period { estimate(resonance) }
        step += 1
        guard let capacity else { fatalError("a step without a capacity") }
        return Decision(mode: mode, capacity: capacity, isSwitch: mode != before)
    }

    /// What holds now; nil before the first step.
    public var current: Decision? {
        capacity.map { Decision(mode: mode, capacity: $0, isSwitch: false) }
    }

    /// Everything but the settings, as whole numbers for a checkpoint.
    public var state: [Int] {
        [
            step, mode == .ecr ? 1 : 0, capacity?.slots ?? -1, capacity?.isClamped == true ? 1 : 0,
            lastEstimate,
        ]
    }

    /// Takes what `state` gave, of equal settings.
    public mutating func restore(_ state: [Int]) {
        invariant(state.count == 5, "a mode's state of \(state.count) numbers, expected 5")
        (step, mode, lastEstimate) = (state[0], state[1] == 1 ? .ecr : .tcr, state[4])
        let rule = mode == .tcr ? settings.tokenChoice : settings.expertChoice
        capacity =
            state[2] < 0
            ? nil
            : CapacityDecision(slots: state[2], source: rule.source, isClamped: state[3] == 1)
    }

    private func nextMode(_ resonance: Resonance) -> SelectionMode {
        switch settings.trigger {
        case .fixed: return mode
        case .schedule(let from): return step >= from ? .ecr : .tcr
        case .corollary:
            guard let capacity, let most = resonance.falsePositiveMax,
                let least = resonance.falsePositiveMin
            else { return mode }
            let s = Double(settings.batch.tokens)
            switch mode {
            case .tcr: return capacity.slots >= Capacity.whole(2 * s * most) ? .ecr : .tcr
            case .ecr: return Double(capacity.slots) <= (s - 1) * least / 2 ? .tcr : .ecr
            }
        }
    }

    private mutating func estimate(_ resonance: Resonance) {
        let rule = mode == .tcr ? settings.tokenChoice : settings.expertChoice
        capacity = rule.decide(resonance, batch: settings.batch, floor: settings.floor)
        lastEstimate = step
    }
}
