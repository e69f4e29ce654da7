import ClusterModel
import MoELayer
import Testing

@Suite struct `Rows of experts` {
    /// Row values that name their source, expert and place.
    private func rows(source: Int, counts: [Int]) -> ExpertRows {
        var values: [Float] = []
        for (expert, count) in counts.enumerated() {
            for place in 0..<count { values += [Float(source * 100 + expert * 10 + place), -1] }
        }
        return ExpertRows(width: 2, counts: counts, values: values)
    }

    @Test func `lie by source within an expert, and come back as they were`() {
        let sent = [rows(source: 1, counts: [2, 0]), rows(source: 2, counts: [1, 3])]
        let gathered = ExpertRows.gather(sent, width: 2)
        #expect(gathered[0].values == [100, -1, 101, -1, 200, -1])
        #expect(gathered[1].values == [210, -1, 211, -1, 212, -1])
        let back = ExpertRows.scatter(gathered, counts: sent.map(\.counts), width: 2)
        #expect(back == sent)
    }

    @Test func `are cut at experts`() {
        let all = rows(source: 3, counts: [1, 0, 2, 1])
        #expect(all[1..<3].counts == [0, 2])
        #expect(all[1..<3].values == [320, -1, 321, -1])
        #expect(all[[0, 3]].counts == [1, 1])
        #expect(all[[0, 3]].values == [300, -1, 330, -1])
        #expect(all[0..<4] == all)
    }

    @Test(arguments: [(2, 2, 1), (4, 2, 2)])
    func `reach whoever computes their expert where ranks are left out`(
        nodes: Int,
        npus: Int,
        dp: Int
    ) {
        let layout = Trainings.layout(nodes: nodes, npus: npus, dp: dp, experts: 8)
        let exchange = LocalExchange(layout: layout, element: .fp32).without([Rank(1), Rank(2)])
        let (members, places) = (exchange.members, exchange.places)
        #expect(!members.contains(Rank(1)) && members.count == layout.world - 2)
        let sent = members.map { rank in
            rows(source: rank.index, counts: (0..<8).map { ($0 * 3 + rank.index) % 4 })
        }
        let arrived = exchange.toExperts(sent)
        for (member, rank) in members.enumerated() {
            let sources = exchange.sources(of: rank)
            #expect(sources.contains(rank) && sources.count == arrived[member].count)
            for (source, part) in zip(sources, arrived[member]) {
                let experts = exchange.placement.experts(on: rank)
                #expect(part == sent[places[source.index]][experts])
            }
        }
        #expect(exchange.toSources(arrived, width: 2) == sent)
        #expect(exchange.without([]).members == layout.ranks)
    }

    @Test(arguments: [(2, 2, 1), (2, 2, 2), (4, 2, 2)])
    func `reach the rank of their expert and return, in every replica`(
        nodes: Int,
        npus: Int,
        dp: Int
    ) {
        let layout = Trainings.layout(nodes: nodes, npus: npus, dp: dp, experts: 8)
        let exchange = LocalExchange(layout: layout, element: .fp32)
        let sent = layout.ranks.map { rank in
            rows(source: rank.index, counts: (0..<8).map { ($0 * 3 + rank.index) % 4 })
        }
        let arrived = exchange.toExperts(sent)
        for rank in layout.ranks {
            for (peer, part) in zip(exchange.sources(of: rank), arrived[rank.index]) {
                #expect(part == sent[peer.index][layout.localExperts(of: rank)])
                #expect(rank.index / layout.parallel.ep == peer.index / layout.parallel.ep)
            }
        }
        #expect(exchange.toSources(arrived, width: 2) == sent)
    }

    @Test func `are rounded to bf16 to nearest, ties to even`() {
        let bits: [(UInt32, UInt32)] = [
            (0x3F80_0000, 0x3F80_0000), (0x3F80_7FFF, 0x3F80_0000), (0x3F80_8000, 0x3F80_0000),
            (0x3F81_8000, 0x3F82_0000), (0x3F80_8001, 0x3F81_0000), (0x8000_0000, 0x8000_0000),
            (0xFF80_0000, 0xFF80_0000), (0x7F7F_FFFF, 0x7F80_0000), (0x0000_8001, 0x0001_0000),
        ]
        for (value, rounded) in bits {
            #expect(BrainFloat.rounded(Float(bitPattern: value)).bitPattern == rounded)
        }
        #expect(BrainFloat.rounded(.signalingNaN).isNaN)
        var one = ExpertRows(width: 1, counts: [2], values: [1.0001, 70000])
        one.round(to: .fp16)
        #expect(one.values == [1, .infinity])
    }
}
