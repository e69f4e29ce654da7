import ClusterModel
import Routing
import Testing

@Suite struct `Batches of real sequences` {
    /// 4 domains of 4 sequences each.
    private let domains = (0..<4096).map { UInt8($0 / 1024) }

    private func sampler(
        tokens: Int = 512,
        _ sharding: Sharding = .iid,
        nodes: Int = 2,
        npus: Int = 4,
        seed: UInt64 = 7
    ) -> BatchSampler {
        BatchSampler(
            domains: domains,
            tokensPerRank: tokens,
            sharding: sharding,
            nodes: nodes,
            npusPerNode: npus,
            seed: seed
        )
    }

    private func batches(_ sampler: BatchSampler, ranks: Int, steps: Range<Int>) -> [[Int]] {
        steps.flatMap { step in (0..<ranks).map { sampler.tokens(of: Rank($0), step: step) } }
    }

    @Test(arguments: [1, 100, 256, 300, 512])
    func `have the length asked for and run on within a sequence`(tokens: Int) {
        for batch in batches(sampler(tokens: tokens), ranks: 8, steps: 0..<3) {
            #expect(batch.count == tokens)
            for i in batch.indices where i % 256 != 0 {
                #expect(domains[batch[i]] == domains[batch[i - 1]])
                #expect((batch[i] - batch[i - 1] - 1) % 1024 == 0)
            }
        }
    }

    @Test(arguments: Sharding.allCases)
    func `repeat no token within a step as far as there are enough`(sharding: Sharding) {
        for step in 0..<5 {
            let tokens = batches(sampler(sharding), ranks: 8, steps: step..<step + 1).joined()
            #expect(Set(tokens).count == 8 * 512)
        }
    }

    @Test func `deal each sequence once before any comes back`() {
        let few = sampler(tokens: 256, npus: 1)
        #expect(Set(batches(few, ranks: 2, steps: 0..<8).joined()).count == 4096)
    }

    @Test(arguments: Sharding.allCases, [(1, 2), (2, 4), (8, 8)])
    func `differ for every rank and step`(sharding: Sharding, shape: (Int, Int)) {
        let many = sampler(sharding, nodes: shape.0, npus: shape.1)
        let all = batches(many, ranks: shape.0 * shape.1, steps: 0..<12)
        #expect(Set(all).count == all.count)
    }

    @Test func `depend on the seed alone`() {
        let all = [7, 7, 8].map { batches(sampler(seed: $0), ranks: 8, steps: 0..<4) }
        #expect(all[0] == all[1])
        #expect(all[0] != all[2])
    }

    @Test func `come from the node's own domains, dealt round-robin`() {
        let own = sampler(.domain)
        for rank in 0..<8 {
            let seen = Set(own.tokens(of: Rank(rank), step: 3).map { domains[$0] })
            #expect(seen.isSubset(of: rank < 4 ? [0, 2] : [1, 3]))
        }
    }

    @Test func `are shared by nodes when there are more nodes than domains`() {
        let shared = sampler(tokens: 256, .domain, nodes: 6, npus: 1)
        var all: [Int] = []
        for rank in 0..<6 {
            let batch = shared.tokens(of: Rank(rank), step: 0)
            #expect(Set(batch.map { Int(domains[$0]) }) == [rank % 4])
            all += batch
        }
        #expect(Set(all).count == all.count)
    }

    @Test func `wrap in a domain shorter than a sequence`() {
        let tiny = BatchSampler(
            domains: [3, 3, 3],
            tokensPerRank: 7,
            sharding: .domain,
            nodes: 2,
            npusPerNode: 1,
            seed: 1
        )
        #expect(tiny.tokens(of: Rank(0), step: 0) == [0, 1, 2, 0, 1, 2, 0])
        #expect(tiny.tokens(of: Rank(1), step: 0) != tiny.tokens(of: Rank(0), step: 0))
    }
}
