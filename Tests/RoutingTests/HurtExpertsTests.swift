import ClusterModel
import Routing
import Testing

@Suite struct `Experts that faults have hurt` {
    private static let experts = 8

    private func decided(_ router: RouterName, topK: Int, seed: UInt64) throws -> Assignment {
        let batch = Samples.batch(count: 61, width: 32, seed: seed)
        return try Samples.router(
            router,
            Samples.settings(topK: topK),
            experts: Self.experts,
            batch: batch
        ).assign(batch)
    }

    private func lost(_ expert: Int) -> ExpertHurt {
        ExpertHurt(expert: ExpertIndex(expert), kind: .lost)
    }

    private func hot(_ expert: Int, _ share: Ratio) -> ExpertHurt {
        ExpertHurt(expert: ExpertIndex(expert), kind: .hot(share, seed: 5))
    }

    private func chosen(_ assignment: Assignment) -> [[Int]] {
        assignment.pairs.map { [$0.token, $0.expert.index] }
    }

    @Test func `nothing hurt is nothing changed`() throws {
        let calm = try decided(.switch, topK: 1, seed: 1)
        #expect(HurtExperts([], policy: .drop).changed(calm, label: 1) == calm)
    }

    @Test(arguments: [(RouterName.switch, 1), (.gshard, 2), (.locmoePlus, 2)])
    func `a lost expert keeps nothing, and the others keep what they had`(
        router: RouterName,
        topK: Int
    ) throws {
        for seed in 0..<20 as Range<UInt64> {
            let calm = try decided(router, topK: topK, seed: seed)
            let hurt = HurtExperts([lost(3)], policy: .drop).changed(calm, label: seed)
            for expert in 0..<Self.experts {
                let slots = hurt.slots(of: ExpertIndex(expert))
                #expect(slots == (expert == 3 ? [] : calm.slots(of: ExpertIndex(expert))))
            }
            #expect(hurt.dropped(for: .lost) == calm.countPerExpert[3])
            #expect(hurt.offered == calm.offered && hurt.rerouted == calm.rerouted)
        }
    }

    @Test(arguments: [(RouterName.switch, 1), (.gshard, 2)])
    func `rerouting finds each token another expert while there is room`(
        router: RouterName,
        topK: Int
    ) throws {
        for seed in 0..<20 as Range<UInt64> {
            let calm = try decided(router, topK: topK, seed: seed)
            let hurt = HurtExperts([lost(3)], policy: .reroute).changed(calm, label: seed)
            let room = (0..<Self.experts).reduce(0) {
                $1 == 3 ? $0 : $0 + calm.capacity - calm.countPerExpert[$1]
            }
            #expect(hurt.countPerExpert[3] == 0)
            #expect(hurt.rerouted <= room)
            #expect(hurt.kept + hurt.dropped(for: .lost) == calm.kept)
            // With one choice a token, only room is missing.
            if topK == 1 { #expect(hurt.rerouted == min(room, calm.countPerExpert[3])) }
            let kept = hurt.pairs.filter(\.isKept).map { [$0.token, $0.expert.index] }
            #expect(Set(kept).count == kept.count)
        }
    }

    @Test(arguments: [(RouterName.switch, 1), (.gshard, 2)])
    func `a hot expert is filled, and no token has it twice`(
        router: RouterName,
        topK: Int
    ) throws {
        for seed in 0..<20 as Range<UInt64> {
            let calm = try decided(router, topK: topK, seed: seed)
            let hurt = HurtExperts([hot(2, .one)], policy: .drop).changed(calm, label: seed)
            #expect(hurt.countPerExpert[2] == min(calm.capacity, 61))
            #expect(hurt.slots(of: ExpertIndex(2)).starts(with: calm.slots(of: ExpertIndex(2))))
            #expect(Set(chosen(hurt)).count == hurt.offered && hurt.offered == calm.offered)
        }
    }

    @Test func `who is pulled follows from seed, batch and token`() throws {
        let calm = try decided(.switch, topK: 1, seed: 1)
        let half = HurtExperts([hot(2, try #require(Ratio(1, 2)))], policy: .drop)
        #expect(half.changed(calm, label: 1) == half.changed(calm, label: 1))
        #expect(half.changed(calm, label: 1) != half.changed(calm, label: 2))
        let pulled = zip(chosen(calm), chosen(half.changed(calm, label: 1))).count { $0 != $1 }
        #expect((15...45).contains(pulled))
    }
}
