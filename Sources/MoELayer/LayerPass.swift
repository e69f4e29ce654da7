import ClusterModel
import Routing

/// One rank's way through one MoE layer, forward and back, between the exchanges.
struct LayerPass: Hashable, Sendable {
    /// A kept pair, in the order in which its row travels.
    struct Slot: Hashable, Sendable {
        var token: Int
        var expert: Int
        /// What the expert's output is multiplied by.
        var weight: Float
    }

    /// LayerNorm(h), what routers, gates and experts see.
    private(set) var u: Matrix
    private let norm: LayerNorm.Cache
    let gate: Gate.Cache
    /// What the layer behind left on the way back.
    var later = Gate.Slope()
    /// Where weights are divided by a token's sum of them: that sum for each token, else empty.
    private var sums: [Float] = []
    private let isRenormalised: Bool
    /// (token, expert) of every pair chosen, where sums are needed to differentiate.
    private var choices: [Assignment.Pair] = []
    private var allocation: AllocatorLoss?
    private(set) var losses = RouterLosses.Values()
    /// The gradient at the gate's probabilities.
    private var dProbabilities = Matrix(rows: 0, columns: 0)
    private var slots: [Slot] = []
    private var counts: [Int] = []
    /// What came back from the experts.
    private var outputs: [Float] = []
    private var shared: FeedForward.Cache?

    /// Normalises and asks the gate.
    ///
    /// - Parameters:
    ///   - layer: its dense parameters.
    ///   - hidden: h.
    ///   - before: the gate's cache in the layer before; nil in the first.
    ///   - unit: RMoE's.
    init(
        _ layer: MixtureLayer,
        hidden: Matrix,
        before: Gate.Cache? = nil,
        unit: RecurrentUnit? = nil
    ) {
        (u, norm) = layer.norm.forward(hidden)
        gate = layer.gate.forward(u, before: before, unit)
        isRenormalised = layer.gate.kind.isRenormalised
    }

    /// Takes the router's losses, now that tokens have chosen.
    mutating func takeLosses(
        _ settings: RouterLosses,
        _ assignment: Assignment,
        isLocal: [Bool],
        weight: Double
    ) {
        (losses, dProbabilities) = settings.evaluate(
            gate.probabilities,
            choices: assignment.firstChoices,
            isLocal: isLocal,
            weight: weight
        )
        guard gate.allocation.rows > 0 else { return }
        allocation = AllocatorLoss(settings, gate.allocation, assignment, weight: weight)
    }

    /// Takes what the tokens' choices came to, once the losses of the tokens are known.
    mutating func takeCosts(_ costs: [Double], targets: [Int?]) {
        guard var loss = allocation else { return }
        loss.take(costs, targets: targets)
        (losses.allocation, losses.choices) = (loss.value, loss.choices)
        allocation = loss
    }

    /// The rows of the kept tokens, by expert.
    mutating func dispatch(_ assignment: Assignment) -> ExpertRows {
        let experts = (0..<assignment.experts).map(ExpertIndex.init)
        counts = assignment.countPerExpert
        if isRenormalised { sumChoices(assignment) }
        slots = experts.flatMap { expert in
            assignment.pairs(of: expert).map {
                Slot(token: $0.token, expert: expert.index, weight: weight(of: $0))
            }
        }
        var values: [Float] = []
        values.reserveCapacity(slots.count * u.columns)
        for slot in slots { values += u.row(slot.token) }
        return ExpertRows(width: u.columns, counts: counts, values: values)
    }

    /// The gate's probability, as it can be differentiated; a fixed gate's router says it.
    private func weight(of pair: Assignment.Pair) -> Float {
        guard gate.probabilities.rows > 0 else { return Float(pair.weight) }
        let share = probability(pair.token, pair.expert.index)
        return isRenormalised ? share / sums[pair.token] : share
    }

    private func probability(_ token: Int, _ expert: Int) -> Float {
        gate.probabilities.values[token * gate.probabilities.columns + expert]
    }

    private mutating func sumChoices(_ assignment: Assignment) {
        choices = assignment.pairs
        sums = [Float](repeating: 0, count: u.rows)
        for pair in choices { sums[pair.token] += probability(pair.token, pair.expert.index) }
    }

    /// `h += weight · output` for every kept pair; dropped tokens keep their h.
    mutating func combine(_ rows: ExpertRows, into hidden: inout Matrix) {
        invariant(rows.counts == counts, "rows \(rows.counts) came back for \(counts)")
        outputs = rows.values
        let width = u.columns
        hidden.values.withUnsafeMutableBufferPointer { hidden in
            outputs.withUnsafeBufferPointer { outputs in
                for (row, slot) in slots.enumerated() {
                    let (to, from) = (slot.token * width, row * width)
                    for j in 0..<width { hidden[to + j] += slot.weight * outputs[from + j] }
                }
            }
        }
    }

    /// The dense control: every token through one network.
    mutating func passShared(_ layer: MixtureLayer, into hidden: inout Matrix) {
        guard let (output, cache) = layer.shared?.forward(u) else { return }
        hidden.add(output)
        shared = cache
    }

    /// From the gradient at h to the gradients at the experts' outputs, by expert.
    mutating func combineBackward(_ dHidden: Matrix) -> ExpertRows {
        let width = u.columns
        var values = [Float](repeating: 0, count: slots.count * width)
        var slopes = [Float](repeating: 0, count: slots.count)
        values.withUnsafeMutableBufferPointer { values in
            dHidden.values.withUnsafeBufferPointer { dHidden in
                outputs.withUnsafeBufferPointer { outputs in
                    for (row, slot) in slots.enumerated() {
                        let (from, to) = (slot.token * width, row * width)
                        var slope: Float = 0
                        for j in 0..<width {
                            values[to + j] = slot.weight * dHidden[from + j]
                            slope += dHidden[from + j] * outputs[to + j]
                        }
                        slopes[row] = slope
                    }
                }
            }
        }
        if dProbabilities.rows > 0 { addWeightGradient(slopes) }
        return ExpertRows(width: width, counts: counts, values: values)
    }

    /// From the gradients at the weights, one for each slot, to those at the probabilities.
    ///
    /// `w_i = p_i / Σ p` over a token's choices has the slope `(g_i - Σ_j g_j w_j) / Σ p` at each
    /// of them, g = 0 for those that were dropped.
    private mutating func addWeightGradient(_ slopes: [Float]) {
        let experts = dProbabilities.columns
        var means = [Float](repeating: 0, count: sums.count)
        for (slot, slope) in zip(slots, slopes) {
            let scale = isRenormalised ? 1 / sums[slot.token] : 1
            dProbabilities.values[slot.token * experts + slot.expert] += scale * slope
            if isRenormalised { means[slot.token] += slope * slot.weight }
        }
        for pair in choices {
            let place = pair.token * experts + pair.expert.index
            dProbabilities.values[place] -= means[pair.token] / sums[pair.token]
        }
    }

    /// From the gradients at the experts' inputs to that at h, in place; what the layer before has
    /// to know is returned.
    func dispatchBackward(
        _ rows: ExpertRows,
        _ layer: MixtureLayer,
        unit: RecurrentUnit?,
        addingUnit unitGradient: inout RecurrentUnit?,
        adding gradient: inout MixtureLayer,
        to dHidden: inout Matrix
    ) -> Gate.Slope {
        var du = Matrix(rows: u.rows, columns: u.columns)
        let width = u.columns
        du.values.withUnsafeMutableBufferPointer { du in
            rows.values.withUnsafeBufferPointer { rows in
                for (row, slot) in slots.enumerated() {
                    let (to, from) = (slot.token * width, row * width)
                    for j in 0..<width { du[to + j] += rows[from + j] }
                }
            }
        }
        let left = layer.gate.backward(
            dProbabilities,
            later: later,
            gate,
            input: u,
            unit: unit,
            addingUnit: &unitGradient,
            adding: &gradient.gate,
            to: &du
        )
        if let slope = allocation?.gradient {
            Product.addTransposed(slope, u, to: &gradient.gate.allocator)
        }
        dHidden.add(layer.norm.backward(du, norm, adding: &gradient.norm))
        return left
    }

    /// The dense control's way back, in place.
    func sharedBackward(
        _ layer: MixtureLayer,
        adding gradient: inout MixtureLayer,
        to dHidden: inout Matrix
    ) {
        guard let network = layer.shared, let cache = shared, var slope = gradient.shared else {
            return
        }
        // Taken out of the optional for the time being, or the addition would copy it.
        gradient.shared = nil
        let du = network.backward(dHidden, cache, adding: &slope)
        gradient.shared = slope
        dHidden.add(layer.norm.backward(du, norm, adding: &gradient.norm))
    }
}

extension Assignment {
    /// Tokens whose first choice is each expert, [experts].
    var firstChoices: [Int] {
        var counts = [Int](repeating: 0, count: experts)
        var last = -1
        for pair in pairs where pair.token != last {
            counts[pair.expert.index] += 1
            last = pair.token
        }
        return counts
    }
}
