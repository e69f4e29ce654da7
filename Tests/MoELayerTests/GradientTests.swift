import ClusterModel
import Glibc
import MoELayer
import Routing
import Testing

/// Gradients against central differences of the fourth order.
///
/// A parameter is moved along its own gradient, whole or masked at random, so that the loss
/// changes by far more than float32 rounds: the slope then has to be the masked gradient's norm.
/// That says nothing of entries that the gradient has wrongly as zero, so it is moved to the
/// gradient's side as well.
/// Tokens keep the experts they chose at the start: a decision has no derivative.
@Suite struct `Gradients` {
    /// A training run, the gradient at its start, and its loss as a function of parameters.
    private struct Objective {
        let training: LocalTraining
        let batches = Trainings.batches(step: 0)
        let losses: RouterLosses
        let model: [Float]
        let banks: [[Float]]
        let decisions: [[Assignment]]
        let costs: [[Double]]

        var hasKinks: Bool {
            training.state.model.layers.contains {
                if case .sliceMeans = $0.gate.kind { true } else { false }
            }
        }

        init(_ training: LocalTraining) {
            self.training = training
            losses = training.losses
            var moved = training
            let outcome = moved.train(batches)
            (decisions, costs) = (outcome.assignments, outcome.tokenLosses)
            // The first velocity is the gradient itself.
            model = moved.state.modelOptimizer.state[0]
            banks = moved.state.bankOptimizers.map { $0.state[0] }
        }

        /// The loss; an allocator's own belongs to the allocator alone.
        func value(_ state: TrainingState, _ name: String) -> Double {
            let outcome = training.with(state).evaluate(
                batches,
                following: decisions,
                costs: costs
            )
            let layers = Double(state.model.layers.count)
            let routing =
                losses.auxiliary * outcome.routerLosses.auxiliary
                + losses.locality * outcome.routerLosses.locality
            let allocating =
                losses.allocation * outcome.routerLosses.allocation
                + losses.choices * outcome.routerLosses.choices
            if name.hasSuffix("allocator") { return layers * allocating }
            return outcome.loss + layers * routing
        }
    }

    /// The parts of a flat gradient that belong to each parameter.
    private func ranges(_ part: some Parameterized) -> [(String, Range<Int>)] {
        var (ranges, offset) = ([(String, Range<Int>)](), 0)
        var part = part
        part.visit { name, matrix in
            ranges.append((name, offset..<offset + matrix.values.count))
            offset += matrix.values.count
        }
        return ranges.filter { !$0.1.isEmpty }
    }

    private func mask(_ gradient: [Float], _ range: Range<Int>, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return gradient.indices.map {
            range.contains($0) && (seed == 0 || random.next(below: 2) == 0) ? gradient[$0] : 0
        }
    }

    private func norm(_ values: [Float]) -> Double {
        values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// The gradient's direction and a random one of the same length, added: where entries of the
    /// gradient are missing, what they would have added to this slope is missing as well.
    private func tilted(_ gradient: [Float], _ range: Range<Int>, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        var tilt = gradient.indices.map { range.contains($0) ? Float(random.nextUnit()) - 0.5 : 0 }
        let (length, size) = (norm(gradient), norm(tilt))
        for i in range {
            let own = length > 0 ? gradient[i] / Float(length) : 0
            tilt[i] = own + tilt[i] / Float(size)
        }
        return tilt
    }

    /// How far the slope along a direction is from the gradient's, as a share of the gradient's
    /// norm; of no gradient the slope itself.
    private func error(
        _ objective: Objective,
        _ name: String,
        along direction: [Float],
        _ gradient: [Float],
        _ move: (inout TrainingState, [Float]) -> Void
    ) -> Double {
        // LocMoE's ReLU has kinks: a shorter way meets fewer of them.
        let size = objective.hasKinks ? 1.5e-4 : 5e-4
        let (length, steepness) = (norm(direction), norm(gradient))
        let step = steepness > 0 ? min(size / steepness, 40 * size) : 40 * size
        let values = [-2.0, -1, 1, 2].map { factor in
            var state = objective.training.state
            move(&state, direction.map { Float(factor * step / length) * $0 })
            return objective.value(state, name)
        }
        let slope = (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * step)
        let expected =
            zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) } / length
        return abs(slope - expected) / (steepness > 0 ? steepness : 1)
    }

    private func check(
        _ objective: Objective,
        _ name: String,
        _ gradient: [Float],
        _ range: Range<Int>,
        mayBeZero: Bool = false,
        _ move: (inout TrainingState, [Float]) -> Void
    ) {
        let own = mask(gradient, range, seed: 0)
        guard own.contains(where: { $0 != 0 }) else {
            #expect(mayBeZero, "\(name): no gradient")
            let slope = error(objective, name, along: tilted(own, range, seed: 1), own, move)
            #expect(slope == 0, "\(name) has no gradient and a slope")
            return
        }
        for seed in 0..<3 as Range<UInt64> {
            let direction = mask(gradient, range, seed: seed)
            guard direction.contains(where: { $0 != 0 }) else {
                Issue.record("\(name), mask \(seed): no gradient")
                continue
            }
            let error = error(objective, name, along: direction, direction, move)
            #expect(error < 1e-3, "\(name), mask \(seed)")
        }
        for seed in Self.tilts {
            let error = error(objective, name, along: tilted(own, range, seed: seed), own, move)
            #expect(error < Self.tiltedMax, "\(name), tilt \(seed)")
        }
    }

    private static let tilts: Range<UInt64> = 10..<14
    private static let tiltedMax = 2e-3

    private func checkAll(_ training: LocalTraining) {
        let objective = Objective(training)
        for (name, range) in ranges(training.state.model) {
            check(objective, name, objective.model, range) { state, shift in
                state.model.assign(zip(state.model.flattened, shift).map(+))
            }
        }
        for bank in training.state.banks.indices {
            for (name, range) in ranges(training.state.banks[bank]) {
                // Of an expert that nobody chose.
                check(objective, name, objective.banks[bank], range, mayBeZero: true) {
                    state,
                    shift in
                    state.banks[bank].assign(zip(state.banks[bank].flattened, shift).map(+))
                }
            }
        }
    }

    @Test(arguments: Trainings.routed + Trainings.others)
    func `of every parameter, for every gate, agree`(router: RouterName, gate: GateKind) throws {
        checkAll(try Trainings.make(.experts(gate), router: router, optimizer: .momentum))
    }

    @Test func `through two layers and two choices a token agree`() throws {
        for (router, gate) in Trainings.routed where router != .locmoe {
            checkAll(
                try Trainings.make(
                    .experts(gate),
                    router: router,
                    layers: 2,
                    topK: 2,
                    optimizer: .momentum
                )
            )
        }
    }

    @Test(arguments: Trainings.composed, [1, 2])
    func `of gates with several parts, through two layers, agree`(
        composed: (RouterName, GateKind),
        topK: Int
    ) throws {
        checkAll(
            try Trainings.make(
                .experts(composed.1),
                router: composed.0,
                layers: 2,
                topK: topK,
                losses: RouterLosses(
                    auxiliary: 0.05,
                    groups: composed.0 == .smile ? 2 : 1,
                    allocation: 1,
                    choices: 0.05
                ),
                optimizer: .momentum
            )
        )
    }

    @Test func `of weights that are divided by their sum agree`() throws {
        checkAll(
            try Trainings.make(
                .experts(.denseRenormalised),
                router: .switch,
                topK: 2,
                capacityFactor: 0.8,
                optimizer: .momentum
            )
        )
    }

    @Test(arguments: [ModelDimensions.Mixture.dense, .none])
    func `of the controls agree`(control: ModelDimensions.Mixture) throws {
        checkAll(try Trainings.make(control, optimizer: .momentum))
    }

    @Test func `a learned gate without gradient to its tokens would be noticed`() throws {
        let objective = Objective(
            try Trainings.make(.experts(.dense), router: .switch, optimizer: .momentum)
        )
        let (_, range) = try #require(
            ranges(objective.training.state.model).first { $0.0.contains("norm.gain") }
        )
        let wrong = mask(objective.model.map { $0 * 1.01 }, range, seed: 0)
        let error = error(objective, "norm.gain", along: wrong, wrong) { state, shift in
            state.model.assign(zip(state.model.flattened, shift).map(+))
        }
        #expect(error > 5e-3)
    }

    @Test(arguments: [0, 5, 10, 15])
    func `of which some entries are missing would be noticed`(missing: Int) throws {
        let objective = Objective(
            try Trainings.make(.experts(.dense), router: .switch, optimizer: .momentum)
        )
        func move(_ state: inout TrainingState, _ shift: [Float]) {
            state.model.assign(zip(state.model.flattened, shift).map(+))
        }
        for (name, range) in ranges(objective.training.state.model) where range.count >= 64 {
            // One in sixteen, some of which are zero anyway.
            let whole = mask(objective.model, range, seed: 0)
            var wrong = whole
            for i in range where (i - range.lowerBound) % 16 == missing { wrong[i] = 0 }
            try #require(wrong != whole)
            // Along what is left of it nothing is wrong …
            #expect(error(objective, name, along: wrong, wrong, move) < 1e-3, "\(name)")
            // … but to its side.
            let worst = Self.tilts.map {
                error(objective, name, along: tilted(wrong, range, seed: $0), wrong, move)
            }.max()
            #expect(try #require(worst) > Self.tiltedMax, "\(name)")
        }
    }
}
