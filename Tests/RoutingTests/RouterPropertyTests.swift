import ClusterModel
import Routing
import Testing

/// What holds for every router, setting and batch.
@Suite struct `Every assignment` {
    struct Scenario: Sendable, CustomTestStringConvertible {
        var router: RouterName
        var count: Int
        var experts: Int
        var settings: RoutingSettings
        var capacity: Int?
        var seed: UInt64

        var testDescription: String {
            "\(router.rawValue) s=\(count) n=\(experts) k=\(settings.topK) "
                + "\(settings.mode) \(settings.policy) τ=\(settings.threshold) seed=\(seed)"
        }
    }

    /// Seeded random scenarios: one token to many, n to 12, k to n, C from 0 to beyond s.
    static let scenarios: [Scenario] = (0..<200).map { seed in
        var random = SeededRandom(seed: UInt64(seed), 99)
        let experts = [1, 2, 3, 4, 6, 12][random.next(below: 6)]
        let count = [1, 2, 17, 64, 100][random.next(below: 5)]
        return Scenario(
            router: RouterName.allCases[seed % 4],
            count: count,
            experts: experts,
            settings: Samples.settings(
                topK: 1 + random.next(below: experts),
                factor: [0.25, 1, 1.1, 4][random.next(below: 4)],
                floor: random.next(below: 4),
                threshold: [0.1, 0.5, 0.8, 1][random.next(below: 4)],
                mode: random.next(below: 2) == 0 ? .tcr : .ecr,
                policy: random.next(below: 2) == 0 ? .drop : .reroute
            ),
            capacity: random.next(below: 3) == 0 ? random.next(below: 2 * count) : nil,
            seed: UInt64(seed)
        )
    }

    @Test(arguments: scenarios)
    func `accounts for each pair and fills buffers without holes`(_ scenario: Scenario) throws {
        let batch = Samples.batch(count: scenario.count, width: 24, seed: scenario.seed)
        let router = try Samples.router(
            scenario.router,
            scenario.settings,
            experts: scenario.experts,
            batch: batch,
            capacity: scenario.capacity
        )
        let assignment = router.assign(batch)
        #expect(assignment == router.assign(batch))
        #expect(assignment.offered == batch.count * scenario.settings.topK)
        #expect(assignment.pairs.map(\.token) == assignment.pairs.map(\.token).sorted())
        #expect(assignment.kept + assignment.dropped == assignment.offered)
        #expect(
            assignment.dropped(for: .capacity) + assignment.dropped(for: .threshold)
                == assignment.dropped
        )
        for expert in (0..<scenario.experts).map(ExpertIndex.init) {
            let kept = assignment.pairs(of: expert)
            #expect(kept.map(\.position) == Array(0..<kept.count))
            #expect(kept.count == assignment.countPerExpert[expert.index])
            #expect(kept.count <= assignment.capacity)
            #expect(kept.map(\.token) == assignment.slots(of: expert))
            #expect(Set(kept.map(\.token)).count == kept.count)
        }
    }

    @Test(arguments: scenarios)
    func `gives a token different experts and weights of at most 1`(_ scenario: Scenario) throws {
        let batch = Samples.batch(count: scenario.count, width: 24, seed: scenario.seed)
        let assignment = try Samples.router(
            scenario.router,
            scenario.settings,
            experts: scenario.experts,
            batch: batch,
            capacity: scenario.capacity
        ).assign(batch)
        let k = scenario.settings.topK
        for token in 0..<batch.count {
            let own = assignment.pairs[token * k..<(token + 1) * k]
            #expect(Set(own.map(\.expert)).count == k)
            #expect(own.reduce(0) { $0 + $1.weight } <= 1 + 1e-12)
        }
    }

    @Test(arguments: RouterName.allCases)
    func `of no tokens is empty`(_ name: RouterName) throws {
        let batch = TokenBatch(width: 24, features: [])
        let assignment = try Samples.router(name, experts: 4, batch: batch).assign(batch)
        #expect(assignment.offered == 0)
        #expect(assignment.countPerExpert == [0, 0, 0, 0])
    }

    @Test(arguments: RouterName.allCases)
    func `of equal tokens keeps C of them`(_ name: RouterName) throws {
        let row = Samples.batch(count: 1, width: 24, seed: 5).features
        let batch = TokenBatch(
            width: 24,
            features: (0..<40).flatMap { _ in row },
            tokenIDs: [UInt32](repeating: 9, count: 40)
        )
        let assignment = try Samples.router(name, experts: 4, batch: batch).assign(batch)
        #expect(assignment.capacity == 11)
        #expect(assignment.countPerExpert.sorted() == [0, 0, 0, 11])
        #expect(assignment.pairs.filter(\.isKept).map(\.token) == Array(0..<11))
    }

    @Test func `of zero tokens goes to expert 0`() throws {
        let batch = TokenBatch(width: 24, features: [Float](repeating: 0, count: 48))
        for name in [RouterName.switch, .locmoe, .locmoePlus] {
            let assignment = try Samples.router(name, experts: 4, batch: batch).assign(batch)
            #expect(assignment.pairs.map(\.expert.index) == [0, 0])
            #expect(assignment.pairs.allSatisfy { $0.weight == 0.25 })
        }
    }
}
