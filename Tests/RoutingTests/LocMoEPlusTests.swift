import ClusterModel
import Routing
import Testing

@Suite struct `LocMoE+ on tokens of known affinity` {
    /// All for expert 0, with affinities 0.6, 1, 0.8, 1 and 0.6 to expert 0.
    private let tokens = Samples.angled([(3, -4), (1, 0), (4, -3), (2, 0), (3, -4)])

    private func assign(_ settings: RoutingSettings, capacity: Int) throws -> Assignment {
        try Samples.router(
            .locmoePlus,
            settings,
            experts: 2,
            batch: tokens,
            capacity: capacity
        ).assign(tokens)
    }

    @Test func `ranks by affinity, equal ones by token`() throws {
        let assignment = try assign(Samples.settings(), capacity: 4)
        #expect(assignment.slots(of: ExpertIndex(0)) == [1, 3, 2, 0])
        #expect(assignment.pairs[4].reason == .capacity)
    }

    @Test(arguments: [(0.25, 1), (0.26, 2), (0.5, 2), (0.51, 3), (0.69, 3), (0.71, 4), (1, 5)])
    func `keeps the shortest prefix that reaches the threshold`(share: Double, kept: Int) throws {
        let assignment = try assign(Samples.settings(threshold: share), capacity: 9)
        #expect(assignment.kept == kept)
        #expect(assignment.dropped(for: .threshold) == 5 - kept)
    }

    @Test func `says which of threshold and capacity cut a token`() throws {
        let assignment = try assign(Samples.settings(threshold: 0.69), capacity: 2)
        #expect(
            assignment.pairs.map(\.reason) == [.threshold, .none, .capacity, .none, .threshold]
        )
    }

    @Test func `the floor widens the prefix, capacity wins over the floor`() throws {
        #expect(try assign(Samples.settings(floor: 4, threshold: 0.1), capacity: 9).kept == 4)
        #expect(try assign(Samples.settings(floor: 4, threshold: 0.1), capacity: 3).kept == 3)
    }

    @Test func `tcr keeps the first by position`() throws {
        let assignment = try assign(Samples.settings(threshold: 0.1, mode: .tcr), capacity: 2)
        #expect(assignment.slots(of: ExpertIndex(0)) == [0, 1])
        #expect(assignment.dropped(for: .capacity) == 3)
    }

    @Test func `reroute fills the experts with room in token order`() throws {
        let assignment = try assign(Samples.settings(policy: .reroute), capacity: 2)
        #expect(assignment.slots(of: ExpertIndex(0)) == [1, 3])
        #expect(assignment.slots(of: ExpertIndex(1)) == [0, 2])
        #expect(assignment.rerouted == 2)
        #expect(abs(assignment.pairs[0].score + 0.8) < 1e-12)
        #expect(assignment.pairs[4].reason == .capacity)
    }

    @Test func `reroute leaves what the threshold cut`() throws {
        let settings = Samples.settings(threshold: 0.25, policy: .reroute)
        #expect(try assign(settings, capacity: 9).rerouted == 0)
    }

    @Test func `a token without positive affinity is let in by the floor alone`() throws {
        let batch = Samples.angled([(0, 0), (-1, -2), (1, 0)])
        for (floor, kept) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
            let assignment = try Samples.router(
                .locmoePlus,
                Samples.settings(floor: floor),
                experts: 2,
                batch: batch,
                capacity: 9
            ).assign(batch)
            #expect(assignment.kept == kept)
        }
    }

    @Test func `the scale sharpens weights and leaves scores`() throws {
        func assign(_ scale: Double) throws -> Assignment {
            var parts = RouterParts()
            parts.softmaxScale = scale
            return try RouterCatalog.make(
                .locmoePlus,
                settings: Samples.settings(),
                experts: 2,
                width: 2,
                seed: 1,
                parts: parts
            ).assign(tokens)
        }
        let (flat, sharp) = (try assign(1), try assign(30))
        #expect(flat.pairs.map(\.score) == sharp.pairs.map(\.score))
        #expect(flat.pairs[1].weight < 0.74)
        #expect(sharp.pairs[1].weight > 0.99)
    }
}

@Suite struct `LocMoE on tokens of known slices` {
    @Test func `clips negative means, so a negative token goes to the lowest expert`() throws {
        let batch = Samples.angled([(-2, -1), (-1, 0.5)])
        let assignment = try Samples.router(.locmoe, experts: 2, batch: batch).assign(batch)
        #expect(assignment.pairs.map(\.expert.index) == [0, 1])
        #expect(assignment.pairs[0].score == 0.5)
    }
}
