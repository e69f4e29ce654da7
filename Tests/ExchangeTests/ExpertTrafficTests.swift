import ClusterModel
import Exchange
import Testing

/// 2 x 2 ranks, tokens of 8 bytes.
private func traffic(
    _ layout: PayloadLayout,
    tp: Int = 1,
    ep: Int = 4,
    dp: Int = 1,
    experts: Int = 8
) throws -> ExpertTraffic {
    ExpertTraffic(
        ClusterPlan(
            preset: .ascend910B3,
            nodes: 2,
            npusPerNode: 2,
            dilation: .fixed(1),
            links: try #require(Preset.ascend910B3.links),
            parallel: ParallelDegrees(tp: tp, ep: ep, dp: dp),
            model: ModelShape(
                hidden: 4,
                ffn: 16,
                experts: experts,
                layers: 1,
                dtype: .fp16,
                utilisation: 0.5,
                peakFlops: 1e12
            ),
            workload: Workload(
                tokens: "none",
                tokensPerNPU: 16,
                sharding: .iid,
                steps: 1,
                warmup: 0,
                seed: 1
            ),
            routing: RoutingSettings(
                routers: [.switch],
                baseline: .switch,
                topK: 1,
                capacityFactor: 1,
                capacityFloor: 1,
                threshold: 1,
                mode: .tcr,
                policy: .drop
            ),
            exchange: ExchangeSettings(algorithm: .direct, layout: layout, chunk: ByteCount(64))
        )
    )
}

@Suite struct `Bytes of experts' tokens` {
    private let kept = [3, 0, 1, 2, 0, 0, 5, 5]

    @Test func `are the kept tokens' own when exact`() throws {
        let traffic = try traffic(.exact)
        #expect(traffic.tokenBytes == ByteCount(8))
        #expect(traffic.send(from: Rank(0), kept: kept, capacity: 6) == [24, 24, 0, 80])
    }

    @Test func `are all of capacity when padded`() throws {
        let send = try traffic(.padded).send(from: Rank(0), kept: kept, capacity: 6)
        #expect(send == [96, 96, 96, 96])
    }

    @Test func `stay in their own replica`() throws {
        let traffic = try traffic(.exact, ep: 2, dp: 2, experts: 2)
        #expect(traffic.send(from: Rank(1), kept: [3, 4], capacity: 9) == [24, 32, 0, 0])
        #expect(traffic.send(from: Rank(2), kept: [3, 4], capacity: 9) == [0, 0, 24, 32])
        #expect(traffic.sources(of: Rank(0)) == [Rank(0), Rank(1)])
        #expect(traffic.sources(of: Rank(3)) == [Rank(2), Rank(3)])
    }

    @Test func `go to one's own place in a tensor-parallel group`() throws {
        let traffic = try traffic(.exact, tp: 2, ep: 2, experts: 2)
        #expect(traffic.send(from: Rank(1), kept: [3, 4], capacity: 9) == [0, 24, 0, 32])
        #expect(traffic.sources(of: Rank(3)) == [Rank(1), Rank(3)])
    }

    @Test(arguments: PayloadLayout.allCases, UInt64(0)..<10)
    func `reach only ranks that list the sender as a source`(
        layout: PayloadLayout,
        seed: UInt64
    ) throws {
        var random = SeededRandom(seed: seed)
        let shapes = [(1, 4, 1), (2, 2, 1), (1, 2, 2), (1, 1, 4), (4, 1, 1), (2, 1, 2)]
        let (tp, ep, dp) = shapes[random.next(below: shapes.count)]
        let traffic = try traffic(layout, tp: tp, ep: ep, dp: dp, experts: 4)
        for source in traffic.layout.ranks {
            let kept = (0..<4).map { _ in random.next(below: 5) }
            let send = traffic.send(from: source, kept: kept, capacity: 5)
            let slots = layout == .exact ? kept.reduce(0, +) : 20
            #expect(send.reduce(0, +) == slots * 8)
            for peer in traffic.layout.ranks where send[peer.index] > 0 {
                #expect(traffic.sources(of: peer).contains(source))
            }
        }
    }
}
