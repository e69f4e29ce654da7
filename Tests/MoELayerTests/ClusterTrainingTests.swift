import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `Training with all ranks in one process` {
    private func trained(_ training: LocalTraining, steps: Int = 4) -> TrainingState {
        var training = training
        for step in 0..<steps {
            _ = training.train(Trainings.batches(ranks: training.layout.world, step: step))
        }
        return training.state
    }

    @Test(arguments: Trainings.routed, [1, 2])
    func `does not depend on whose turn it is`(
        routed: (RouterName, GateKind),
        dp: Int
    ) throws {
        func make(_ turns: [Int]?) throws -> TrainingState {
            trained(
                try Trainings.make(
                    .experts(routed.1),
                    router: routed.0,
                    layout: Trainings.layout(dp: dp),
                    layers: 2,
                    turns: turns
                )
            )
        }
        let inOrder = try make(nil)
        #expect(try make([3, 0, 2, 1]) == inOrder)
        #expect(try make([2, 3, 1, 0]) == inOrder)
        #expect(inOrder.step == 4)
    }

    @Test func `depends on the seed`() throws {
        func make(_ seed: UInt64) throws -> TrainingState {
            trained(try Trainings.make(.experts(.dense), router: .switch, seed: seed))
        }
        #expect(try make(3) == make(3))
        #expect(try make(3) != make(4))
    }

    @Test(arguments: Trainings.routed + Trainings.others)
    func `learns`(router: RouterName, gate: GateKind) throws {
        var training = try Trainings.make(.experts(gate), router: router)
        let heldOut = Trainings.batches(step: 1000)
        let before = training.evaluate(heldOut).loss
        for step in 0..<40 { _ = training.train(Trainings.batches(step: step)) }
        #expect(training.evaluate(heldOut).loss < before - 0.3)
    }

    @Test(arguments: Trainings.composed)
    func `learns through two layers`(router: RouterName, gate: GateKind) throws {
        var training = try Trainings.make(
            .experts(gate),
            router: router,
            layers: 2,
            losses: RouterLosses(auxiliary: 0.05, allocation: 1, choices: 0.05)
        )
        let heldOut = Trainings.batches(step: 1000)
        let before = training.evaluate(heldOut).loss
        for step in 0..<40 { _ = training.train(Trainings.batches(step: step)) }
        #expect(training.evaluate(heldOut).loss < before - 0.3)
    }

    @Test(arguments: Trainings.composed)
    func `weighs experts as routers with several parts say, in every layer`(
        router: RouterName,
        gate: GateKind
    ) throws {
        var training = try Trainings.make(.experts(gate), router: router, layers: 2)
        let batches = Trainings.batches(step: 0)
        // A slope that differs shows up where the way forward differs: the weights of the second
        // layer's router rest on the first's state or decision.
        let assignments = training.train(batches).assignments
        #expect(assignments.count == 2)
        #expect((assignments[0] == assignments[1]) == (router == .preGated))
        for assignment in assignments.joined() {
            #expect(assignment.pairs.allSatisfy { $0.weight > 0 && $0.weight <= 1 })
        }
    }

    @Test func `starts with tokens spread over experts`() throws {
        for (router, gate) in Trainings.routed {
            let training = try Trainings.make(.experts(gate), router: router)
            let load = training.evaluate(Trainings.batches(step: 0)).tally.load
            #expect(load.reduce(0, +) == 64)
            #expect(load.count { $0 > 0 } >= 3, "\(router): \(load)")
        }
    }

    @Test func `weighs experts as the router says`() throws {
        // The layer takes the weight from its own gate, to differentiate it: both must agree.
        for (router, gate) in Trainings.routed where router != .hash {
            let training = try Trainings.make(.experts(gate), router: router)
            let batches = Trainings.batches(step: 0)
            let outcome = training.evaluate(batches)
            for rank in 0..<4 {
                var pass = RankPass(training.state.model, batch: batches[rank], weight: 0.25)
                let tokens = pass.tokens(layer: 0, training.state.model)
                let shares = training.state.model.layers[0].gate.probabilities(
                    of: Matrix(rows: tokens.count, columns: 16, values: tokens.features)
                )
                for pair in outcome.assignments[0][rank].pairs {
                    let share = shares.row(pair.token)[pair.token * 4 + pair.expert.index]
                    #expect(abs(Double(share) - pair.weight) < 1e-6)
                }
            }
        }
    }

    @Test func `a dropped token goes through unchanged`() throws {
        let training = try Trainings.make(
            .experts(.fixed),
            router: .hash,
            capacityFactor: 1e-9
        )
        let outcome = training.evaluate(Trainings.batches(step: 0))
        // One slot an expert and rank: most are dropped.
        #expect(outcome.tally.kept <= 16)
        #expect(outcome.tally.offered == 64)
        let none = try Trainings.make(.none)
        #expect(outcome.loss != none.evaluate(Trainings.batches(step: 0)).loss)
    }

    @Test func `bf16 on the wire changes the result a little`() throws {
        func loss(_ element: ElementType) throws -> Double {
            var training = try Trainings.make(
                .experts(.dense),
                router: .switch,
                element: element
            )
            for step in 0..<10 { _ = training.train(Trainings.batches(step: step)) }
            return training.evaluate(Trainings.batches(step: 1000)).loss
        }
        let (exact, rounded) = (try loss(.fp32), try loss(.bf16))
        #expect(exact != rounded)
        #expect(abs(exact - rounded) < 0.05)
    }
}
