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

        /// Experts each token chooses, where a token's side says.
        var choices: Int? {
            switch router {
            case .gshard: 2
            case .expertChoice, .ecr, .adaK: nil
            default: settings.topK
            }
        }

        var testDescription: String {
            "\(router.rawValue) s=\(count) n=\(experts) k=\(settings.topK) "
                + "\(settings.mode) \(settings.policy) τ=\(settings.threshold) seed=\(seed)"
        }
    }

    /// Seeded random scenarios: one token to many, n to 12, k to n, C from 0 to beyond s.
    static let scenarios: [Scenario] = (0..<390).map { seed in
        var random = SeededRandom(seed: UInt64(seed), 99)
        let router = RouterName.allCases[seed % RouterName.allCases.count]
        let experts = [1, 2, 3, 4, 6, 12].filter { router != .gshard || $0 > 1 }.randomElement(
            using: &random
        )!
        let count = [1, 2, 17, 64, 100][random.next(below: 5)]
        return Scenario(
            router: router,
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
        #expect(assignment.kept <= router.pairsMax(tokens: batch.count))
        if let choices = scenario.choices { #expect(assignment.offered == batch.count * choices) }
        #expect(Set(assignment.pairs.map(\.token)) == Set(0..<batch.count))
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
        for own in Dictionary(grouping: assignment.pairs, by: \.token).values {
            #expect(Set(own.map(\.expert)).count == own.count)
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

    @Test(arguments: RouterName.allCases, [1, 3])
    func `keeps no more than memory is planned for`(_ name: RouterName, topK: Int) throws {
        var settings = Samples.settings(topK: topK)
        settings.routers = [name]
        let batch = Samples.batch(count: 96, width: 24, seed: 2)
        let router = try Samples.router(name, settings, experts: 12, batch: batch)
        #expect(router.pairsMax(tokens: 96) <= 96 * settings.pairsPerTokenMax)
    }

    @Test(arguments: RouterName.allCases)
    func `of equal tokens keeps C of them`(_ name: RouterName) throws {
        let row = Samples.batch(count: 1, width: 24, seed: 5).features
        let batch = TokenBatch(
            width: 24,
            features: (0..<40).flatMap { _ in row },
            tokenIDs: [UInt32](repeating: 9, count: 40),
            domains: [UInt8](repeating: 1, count: 40)
        )
        let assignment = try Samples.router(name, experts: 4, batch: batch, capacity: 11)
            .assign(batch)
        #expect(assignment.capacity == 11)
        #expect(Set(assignment.countPerExpert).isSubset(of: [0, 11]))
        for expert in 0..<4 where assignment.countPerExpert[expert] > 0 {
            let slots = assignment.slots(of: ExpertIndex(expert))
            // gshard's draws let some second choices through, and those only.
            if name != .gshard { #expect(slots == Array(0..<11)) }
            #expect(slots == slots.sorted())
        }
    }

    @Test func `of zero tokens goes to expert 0`() throws {
        let batch = TokenBatch(width: 24, features: [Float](repeating: 0, count: 48))
        for name in [RouterName.switch, .locmoe, .locmoePlus, .tcr, .smile, .rmoe, .preGated] {
            let assignment = try Samples.router(name, experts: 4, batch: batch).assign(batch)
            #expect(assignment.pairs.map(\.expert.index) == [0, 0])
            #expect(assignment.pairs.allSatisfy { $0.weight == 0.25 })
        }
    }
}
