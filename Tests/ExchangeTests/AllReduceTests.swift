import ClusterModel
import Exchange
import Links
import Testing

/// An all-reduce and what ranks have in it.
struct Reducing: Sendable, CustomTestStringConvertible {
    var algorithm: AllReduceAlgorithm
    var nodes: Int
    var npus: Int
    var dp: Int
    var count: Int
    /// Ranks that sum with nobody.
    var leftOut: [Int] = []

    var testDescription: String {
        "\(algorithm) \(nodes)x\(npus) dp \(dp) without \(leftOut), \(count) values"
    }

    static let all = whole + cut

    /// Of uneven nodes, of a node that is gone, of one on each node, and of one rank alone.
    private static let cut = AllReduceAlgorithm.allCases.flatMap { algorithm in
        [(2, 4, [5]), (2, 4, [0]), (2, 2, [2, 3]), (2, 2, [0, 3]), (1, 2, [0])].flatMap {
            (nodes, npus, leftOut) in
            [0, 7, 1000].map {
                Reducing(
                    algorithm: algorithm,
                    nodes: nodes,
                    npus: npus,
                    dp: 1,
                    count: $0,
                    leftOut: leftOut
                )
            }
        }
    }

    private static let whole = AllReduceAlgorithm.allCases.flatMap { algorithm in
        [(1, 1, 1), (1, 4, 1), (2, 4, 1), (4, 1, 1), (3, 2, 1), (2, 4, 2), (2, 2, 4)].flatMap {
            (nodes, npus, dp) in
            [0, 1, 7, 1000].map {
                Reducing(algorithm: algorithm, nodes: nodes, npus: npus, dp: dp, count: $0)
            }
        }
    }

    var layout: RankLayout {
        RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus / dp, dp: dp),
            experts: nodes * npus
        )
    }

    /// All ranks, or those that hold the same experts.
    var groups: [[Rank]] {
        guard dp > 1 else { return [layout.ranks.filter { !leftOut.contains($0.index) }] }
        let ep = nodes * npus / dp
        return (0..<ep).map { first in (0..<dp).map { Rank(first + $0 * ep) } }
    }

    var reduction: AllReduce {
        AllReduce(algorithm, groups: groups, count: count, layout: layout)
    }

    var values: [[Float]] {
        layout.ranks.map { rank in
            var random = SeededRandom(seed: 11, UInt64(rank.index))
            return (0..<count).map { _ in Float(random.next(below: 2001) - 1000) / 997 }
        }
    }
}

@Suite struct `An all-reduce` {
    /// Plays the stages in memory.
    private func play(_ reducing: Reducing) -> [[Float]] {
        play(reducing.reduction, reducing.layout, reducing.values)
    }

    private func play(
        _ reduction: AllReduce,
        _ layout: RankLayout,
        _ values: [[Float]]
    ) -> [[Float]] {
        var values = values
        let stages = layout.ranks.map(reduction.stages)
        for stage in stages[0].indices {
            let before = values
            for rank in layout.ranks {
                stages[rank.index][stage].fold(rank, into: &values[rank.index]) { peer in
                    stages[peer.index][stage].sends.filter { $0.peer == rank }
                        .flatMap { before[peer.index][$0.values] }
                }
            }
        }
        return values
    }

    /// Of three and of two ranks, on even and on uneven nodes, some with the same peers, at other
    /// places of what each has; rank 5 sums with nobody.
    @Test(arguments: AllReduceAlgorithm.allCases)
    func `sums buckets that have ranks in common, all at a time`(
        algorithm: AllReduceAlgorithm
    ) throws {
        let ports = try ports(nodes: 2, npus: 3)
        let layout = ports.layout
        func run(_ count: Int, _ places: (rank: Int, start: Int)...) -> SharedRun {
            SharedRun(places.map { .init(rank: Rank($0.rank), start: $0.start) }, count: count)
        }
        let runs = [
            run(7, (0, 0), (1, 0), (3, 0)), run(4, (0, 7), (3, 7)), run(5, (0, 11), (1, 7), (4, 0)),
            run(2, (1, 12), (4, 5)), run(3, (2, 0)),
        ]
        let reduction = AllReduce(algorithm, runs: runs, layout: layout)
        #expect(layout.ranks.map(reduction.count(of:)) == [16, 14, 3, 11, 7, 0])
        #expect(reduction.count == 21)
        let values = layout.ranks.map { rank in
            (0..<reduction.count(of: rank)).map { Float(1 + rank.index * 100 + $0) / 7 }
        }
        let results = play(reduction, layout, values)
        var sums = values
        reduction.sum(&sums)
        #expect(results == sums)
        for run in runs {
            for index in 0..<run.count {
                let exact = run.places.reduce(0.0) {
                    $0 + Double(values[$1.rank.index][$1.start + index])
                }
                for place in run.places {
                    let sum = results[place.rank.index][place.start + index]
                    #expect(abs(Double(sum) - exact) < 1e-3)
                }
            }
        }
        let programs = LayerProgram.reduction(leads: [], reduction, over: ports)
        for rank in layout.ranks {
            let stages = reduction.stages(of: rank)
            func bytes(_ stretches: [ReduceStage.Stretch]) -> [Int] {
                var bytes = Array(repeating: 0, count: layout.world)
                for stretch in stretches { bytes[stretch.peer.index] += 4 * stretch.values.count }
                return bytes
            }
            try ProgramCheck(
                rank: rank,
                program: programs[rank.index],
                outgoing: stages.map { bytes($0.sends) },
                incoming: stages.map { bytes($0.receives) },
                parts: 1
            ).check()
        }
    }

    @Test func `of runs that follow each other on all ranks is of one`() {
        func run(_ starts: [Int], _ count: Int) -> SharedRun {
            SharedRun(
                starts.enumerated().map { .init(rank: Rank($0), start: $1) },
                count: count
            )
        }
        #expect(run([0, 5], 3).joined(with: run([3, 8], 2)) == run([0, 5], 5))
        #expect(run([0, 5], 3).joined(with: run([3, 9], 2)) == nil)
        #expect(run([0, 5], 3).joined(with: run([3], 2)) == nil)
    }

    @Test(arguments: Reducing.all)
    func `leaves the sum on every rank, in the order it names`(reducing: Reducing) {
        let results = play(reducing)
        var sums = reducing.values
        reducing.reduction.sum(&sums)
        #expect(results == sums)
        for group in reducing.groups {
            let parts = group.map { reducing.values[$0.index] }
            for rank in group { #expect(results[rank.index] == results[group[0].index]) }
            for index in 0..<reducing.count {
                let exact = parts.reduce(0.0) { $0 + Double($1[index]) }
                #expect(abs(Double(results[group[0].index][index]) - exact) < 1e-4)
            }
        }
    }

    @Test(arguments: Reducing.all)
    func `leaves who is left out alone`(reducing: Reducing) {
        let results = play(reducing)
        let stages = reducing.layout.ranks.map(reducing.reduction.stages)
        #expect(Set(stages.map(\.count)).count == 1)
        for rank in reducing.leftOut {
            #expect(results[rank] == reducing.values[rank])
            #expect(stages[rank].allSatisfy { $0.sends.isEmpty && $0.receives.isEmpty })
        }
    }

    @Test(arguments: Reducing.all)
    func `receives what is sent to it and no more`(reducing: Reducing) {
        let stages = reducing.layout.ranks.map(reducing.reduction.stages)
        for rank in reducing.layout.ranks {
            for (index, stage) in stages[rank.index].enumerated() {
                for receive in stage.receives {
                    let sent = stages[receive.peer.index][index].sends.filter { $0.peer == rank }
                    #expect(sent.map(\.values) == [receive.values])
                }
                #expect(Set(stage.sends.map(\.peer)).count == stage.sends.count)
            }
        }
    }

    @Test func `sends a G-th of the values over slow links, where nodes have G ranks`() {
        let reducing = Reducing(algorithm: .hierarchical, nodes: 2, npus: 4, dp: 1, count: 800)
        let layout = reducing.layout
        for rank in layout.ranks {
            let away = reducing.reduction.stages(of: rank).flatMap(\.sends)
                .filter { !layout.areOnOneNode($0.peer, rank) }
                .reduce(0) { $0 + $1.values.count }
            #expect(away == 2 * 800 / 4 / 2)
        }
    }

    @Test(arguments: Reducing.all.filter { $0.count > 0 && $0.nodes * $0.npus > 1 })
    func `has programs that bring every rank its bytes`(reducing: Reducing) throws {
        let links = LinkSettings(
            hccs: LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), latency: .zero),
            topology: .mesh,
            roce: LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), latency: .zero)
        )
        let ports = PortMap(layout: reducing.layout, links: links)
        let programs = LayerProgram.reduction(
            leads: reducing.layout.ranks.map { Interval(picoseconds: Int64($0.index)) },
            reducing.reduction,
            over: ports
        )
        for rank in reducing.layout.ranks {
            let stages = reducing.reduction.stages(of: rank)
            func bytes(_ stretches: [ReduceStage.Stretch]) -> [Int] {
                var bytes = Array(repeating: 0, count: reducing.layout.world)
                for stretch in stretches { bytes[stretch.peer.index] = 4 * stretch.values.count }
                return bytes
            }
            try ProgramCheck(
                rank: rank,
                program: programs[rank.index],
                outgoing: stages.map { bytes($0.sends) },
                incoming: stages.map { bytes($0.receives) },
                parts: 1
            ).check()
        }
    }

    @Test func `of one rank is a program that has nothing to send`() throws {
        let ports = try ports(nodes: 1, npus: 1)
        let programs = LayerProgram.reduction(
            leads: [],
            AllReduce(.ring, groups: [[Rank(0)]], count: 10, layout: ports.layout),
            over: ports
        )
        #expect(programs.map(\.stages.count) == [1])
        #expect(programs[0].stages[0].work == .wait(.zero))
    }

    @Test func `begins after the gates, and words of eight bytes weigh eight`() throws {
        let ports = try ports(nodes: 2, npus: 2)
        func reduction(_ valueBytes: Int) -> AllReduce {
            AllReduce(
                .hierarchical,
                groups: [ports.layout.ranks],
                count: 10,
                layout: ports.layout,
                valueBytes: valueBytes
            )
        }
        let gates = (1...4).map { Interval(picoseconds: Int64($0)) }
        let words = LayerProgram.reduction(leads: [], gates: gates, reduction(8), over: ports)
        let floats = LayerProgram.reduction(leads: [], reduction(4), over: ports)
        for (rank, (word, float)) in zip(words, floats).enumerated() {
            #expect(word.stages[0].role.kind == .gate)
            #expect(word.stages[0].work == .wait(gates[rank]))
            #expect(word.stages[1].after == [0])
            #expect(word.stages.count == float.stages.count + 1)
            #expect(bytes(word) == 2 * bytes(float))
            #expect(bytes(word) > 0)
        }
    }

    private func bytes(_ program: RankProgram) -> Int {
        program.stages.flatMap { $0.exchange?.sends ?? [] }.reduce(0) { $0 + $1.run.bytes }
    }
}
