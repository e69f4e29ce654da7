import ClusterModel
import Exchange
import Links
import Testing

/// Tokens of 4 x 4 NPUs, each kept by some of 32 experts.
private struct SharedTokens {
    static let tokenBytes = 8
    let traffic: ExpertTraffic
    let ports: PortMap
    /// Tokens that each expert keeps, [rank][expert].
    var slots: [[[Int]]]

    init(seed: UInt64, top: Int, tokens: Int = 24, layout payload: PayloadLayout = .exact) throws {
        traffic = ExpertTraffic(try Clusters.plan(nodes: 4, npus: 4, experts: 32, payload))
        ports = PortMap(layout: traffic.layout, links: try #require(Preset.ascend910B3.links))
        var random = SeededRandom(seed: seed)
        slots = traffic.layout.ranks.map { _ in Array(repeating: [], count: 32) }
        for rank in slots.indices {
            for token in 0..<random.next(below: tokens) {
                var experts: Set<Int> = []
                while experts.count < top { experts.insert(random.next(below: 32)) }
                for expert in experts { slots[rank][expert].append(token) }
            }
        }
    }

    var layout: RankLayout { traffic.layout }

    var inputs: [RankInput] {
        layout.ranks.map { rank in
            let kept = slots[rank.index].map(\.count)
            var input = RankInput(
                send: traffic.send(from: rank, kept: kept, capacity: 24),
                kept: kept,
                offered: kept.reduce(0, +),
                dropped: 0,
                capacity: 24,
                gate: Interval(picoseconds: 1_000),
                expert: Interval(picoseconds: 1_000),
                bufferBytes: 0
            )
            input.groups = traffic.grouped(slots[rank.index], from: rank).groups
            return input
        }
    }

    /// Pairs of a token and a place that keeps it, counted one by one; `place` is of a rank.
    func pairs(between isCounted: (Rank, Rank) -> Bool, place: (Rank) -> Int) -> Int {
        layout.ranks.reduce(0) { sum, origin in
            var seen: Set<[Int]> = []
            for (expert, tokens) in slots[origin.index].enumerated() {
                let home = layout.home(of: ExpertIndex(expert), for: origin)
                guard isCounted(origin, home) else { continue }
                for token in tokens { seen.insert([token, place(home)]) }
            }
            return sum + seen.count
        }
    }

    func programs(parts: Int) throws -> (programs: [RankProgram], copies: TokenCopies) {
        let copies = try #require(
            TokenCopies(inputs, layout: layout, tokenBytes: Self.tokenBytes)
        )
        let programs = LayerProgram.layer(
            gates: inputs.map(\.gate),
            experts: inputs.map(\.expert),
            matrix: TrafficMatrix(rows: inputs.map(\.send)),
            .rail,
            over: ports,
            cut: MessageCut(parts: parts, unit: Self.tokenBytes),
            copies: copies
        )
        return (programs, copies)
    }
}

extension RankProgram {
    /// Bytes that leave `rank` for other nodes.
    fileprivate func crossing(from rank: Rank, _ kind: StageKind, _ layout: RankLayout) -> Int {
        stages.filter { $0.role.kind == kind }.flatMap { $0.exchange?.sends ?? [] }
            .filter { !layout.areOnOneNode(rank, $0.peer) }
            .reduce(0) { $0 + $1.run.bytes }
    }
}

@Suite struct `Tokens that experts of a node share` {
    @Test(arguments: [2, 3, 6], UInt64(0)..<6)
    func `cross once for each token and node, both ways`(top: Int, seed: UInt64) throws {
        let tokens = try SharedTokens(seed: seed, top: top)
        let layout = tokens.layout
        let once = tokens.pairs(
            between: { !layout.areOnOneNode($0, $1) },
            place: { layout.node(of: $0).index }
        )
        for parts in [1, 3] {
            let programs = try tokens.programs(parts: parts).programs
            for kind in [StageKind.dispatch, .combine] {
                let crossing = zip(layout.ranks, programs).reduce(0) {
                    $0 + $1.1.crossing(from: $1.0, kind, layout)
                }
                #expect(crossing == once * SharedTokens.tokenBytes)
            }
        }
    }

    @Test(arguments: [2, 6], UInt64(0)..<6)
    func `reach every NPU that has an expert for them, once`(top: Int, seed: UInt64) throws {
        let tokens = try SharedTokens(seed: seed, top: top)
        let copies = try tokens.programs(parts: 1).copies
        let once = tokens.pairs(between: { _, _ in true }, place: \.index)
        #expect(copies.dispatch.total == once * SharedTokens.tokenBytes)
        #expect(copies.gather.total == copies.dispatch.total)
    }

    @Test(arguments: [1, 2, 5], UInt64(0)..<6)
    func `fit the programs of every rank`(parts: Int, seed: UInt64) throws {
        let tokens = try SharedTokens(seed: seed, top: 3)
        let (programs, copies) = try tokens.programs(parts: parts)
        let exchanges = [copies.dispatch, copies.gather, copies.returning]
        for (rank, program) in zip(tokens.layout.ranks, programs) {
            try ProgramCheck(
                rank: rank,
                program: program,
                outgoing: exchanges.map { $0.row(rank) },
                incoming: exchanges.map { $0.column(rank) },
                parts: parts
            ).check()
        }
    }

    @Test(arguments: UInt64(0)..<6)
    func `are played to the end, not below the bound`(seed: UInt64) throws {
        let tokens = try SharedTokens(seed: seed, top: 2)
        let (programs, copies) = try tokens.programs(parts: 1)
        let pacing = RankPacing(chunk: ByteCount(32), window: .zero, catchUp: .zero)
        var cluster = VirtualCluster(programs, over: tokens.ports, pacing: pacing)
        try cluster.run()
        #expect(cluster.machines.allSatisfy { $0.isFinished })
        let matrix = TrafficMatrix(rows: tokens.inputs.map(\.send))
        let bound = LowerBound(of: matrix, copies: copies, over: tokens.ports)
        #expect(bound.relayed <= LowerBound(of: matrix, over: tokens.ports).relayed)
        #expect(cluster.finish - .zero >= bound.relayed)
    }

    /// Where a token comes to first is the schedule's to choose: quads share it out as they like.
    @Test func `of many nodes bind quads to no NICs`() throws {
        let ports = PortMap(
            layout: RankLayout(
                nodes: 4,
                npusPerNode: 8,
                parallel: ParallelDegrees(tp: 1, ep: 32, dp: 1),
                experts: 32
            ),
            links: try #require(Preset.ascend910A.links)
        )
        // Ranks of the first quads send half of their tokens to each quad of node 0.
        let groups = ports.layout.ranks.map { rank -> [TokenGroup] in
            guard rank.index >= 8, rank.index % 8 < 4 else { return [] }
            return [0, 4].map { quad in
                TokenGroup(node: 0, npus: 1 << UInt64(rank.index % 4 + quad), tokens: 500)
            }
        }
        let copies = TokenCopies(groups, layout: ports.layout, tokenBytes: 1 << 12)
        let bound = LowerBound(of: copies.dispatch, copies: copies, over: ports)
        let nics = 8 * Double(ports.links.roce.bandwidth.bytesPerSecond)
        let seconds = Double(copies.dispatch.total) / nics
        #expect(abs(bound.relayed.seconds / seconds - 1) < 1e-6)
    }

    @Test func `are not shared where that saves nothing, or slots travel`() throws {
        let single = try SharedTokens(seed: 1, top: 1)
        #expect(
            TokenCopies(
                single.inputs,
                layout: single.layout,
                tokenBytes: SharedTokens.tokenBytes
            ) == nil
        )
        let bare = single.inputs.map { input in
            var input = input
            (input.kept, input.groups) = ([], [])
            return input
        }
        #expect(
            TokenCopies(bare, layout: single.layout, tokenBytes: SharedTokens.tokenBytes) == nil
        )
        let padded = try SharedTokens(seed: 1, top: 2, layout: .padded)
        #expect(padded.inputs.allSatisfy { $0.groups.isEmpty })
    }

    @Test func `stand in groups in order, each with its experts`() throws {
        let tokens = try SharedTokens(seed: 3, top: 2)
        let rank = Rank(5)
        let grouped = tokens.traffic.grouped(tokens.slots[5], from: rank)
        #expect(TokenGroup.areInOrder(grouped.groups))
        for (group, copies) in zip(grouped.groups, grouped.copies) {
            #expect(copies.count == group.tokens)
            for copy in copies {
                let homes = copy.experts.map {
                    tokens.layout.home(of: ExpertIndex($0), for: rank)
                }
                #expect(Set(homes) == Set(tokens.layout.ranks(of: group)))
                #expect(copy.experts.allSatisfy { tokens.slots[5][$0].contains(copy.token) })
            }
        }
    }
}
