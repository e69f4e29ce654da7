import ClusterModel
import Exchange
import Testing

@testable import ClusterRuntime

@Suite struct `Slots that ranks announce` {
    private static let capacity = 5

    private func slots(_ plan: ClusterPlan, seed: UInt64 = 1) -> [ExpertSlots] {
        let traffic = ExpertTraffic(plan)
        return traffic.layout.ranks.map { rank in
            // The ranks of a tensor-parallel group hold the same tokens.
            let leader = traffic.layout.leader(of: rank)
            var random = SeededRandom(seed: seed, UInt64(leader.index))
            return ExpertSlots(
                rank: rank,
                traffic: traffic,
                kept: (0..<plan.model.experts).map { _ in random.next(below: Self.capacity + 1) },
                capacity: Self.capacity,
                pairsMax: 64
            )
        }
    }

    private func announce(_ slots: inout [ExpertSlots]) throws {
        for from in slots.indices {
            for to in slots.indices where to != from {
                try slots[from].counts(for: Rank(to)).withUnsafeBytes {
                    let rest = try slots[to].announce($0, from: Rank(from))
                    #expect(rest.isEmpty)
                }
            }
        }
    }

    @Test(arguments: [(1, 1), (1, 2), (2, 1)], PayloadLayout.allCases)
    func `lie where their source has put them`(
        degrees: (tp: Int, dp: Int),
        layout: PayloadLayout
    ) throws {
        let plan = try PlayedCluster.plan(tp: degrees.tp, dp: degrees.dp, layout: layout)
        var slots = slots(plan)
        try announce(&slots)
        for source in slots {
            for home in slots {
                #expect(source.send[home.rank.index] == home.receive[source.rank.index])
                var sent: [ExpertSlots.Own] = []
                source.forEachOwn { if $0.home == home.rank.index { sent.append($0) } }
                var came: [ExpertSlots.Visit] = []
                home.forEachVisit(from: source.rank.index) { came.append($0) }
                #expect(sent.map(\.bytes) == came.map(\.bytes))
                #expect(sent.map(\.expert) == came.map(\.expert))
                #expect(sent.map(\.slot) == came.map(\.slot))
                #expect(sent.map(\.isKept) == came.map(\.isKept))
            }
        }
        let computed = slots.reduce(0) { $0 + $1.computed }
        #expect(computed == slots.reduce(0) { $0 + $1.send.reduce(0, +) / 1024 })
    }

    @Test func `are refused where they are more than a rank has, or too few bytes`() throws {
        var slots = slots(try PlayedCluster.plan())
        func said(_ values: [UInt32]) -> String {
            do {
                try values.withUnsafeBytes { _ = try slots[0].announce($0, from: Rank(1)) }
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(said([5, 3]) == "")
        #expect(said([5]).contains("4 bytes of counts from rank 1, expected 8"))
        #expect(said([5, 6]).contains("rank 1 announces [6] tokens with a capacity of 5"))
        #expect(said([65, 1]).contains("with a capacity of 65, and it has 64"))
        #expect(said([64, 65]).contains("announces [65] tokens"))
    }
}
