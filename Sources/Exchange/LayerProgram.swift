// The stages of an MoE layer: gate, dispatch, expert, combine. A pipelined layer cuts its
// exchanges into parts: while the experts compute one part, the next one travels.

import ClusterModel
import Links

/// Builds the programs of all ranks for one step.
public struct LayerProgram: Sendable {
    private let algorithm: ExchangeAlgorithm
    private let ports: PortMap
    private var stages: [[RankProgram.Stage]]
    private let world: Int

    private init(_ algorithm: ExchangeAlgorithm, _ ports: PortMap) {
        self.algorithm = algorithm
        self.ports = ports
        world = ports.layout.world
        stages = Array(repeating: [], count: world)
    }

    /// A bare exchange, index = rank.
    public static func bare(
        _ matrix: TrafficMatrix,
        _ algorithm: ExchangeAlgorithm,
        over ports: PortMap
    ) -> [RankProgram] {
        var program = LayerProgram(algorithm, ports)
        let schedule = program.schedule(MessageMatrix(matrix))
        program.exchange(schedule, .dispatch, 0, after: [])
        return program.stages.map(RankProgram.init)
    }

    /// An MoE layer, index = rank.
    ///
    /// `leads` is how long after the first each rank begins. `gates` and `experts` are modelled times of each rank, `experts` for all it receives.
    /// `matrix` holds the bytes of the dispatch exchange, what stays on a rank included; the
    /// combine exchange sends them back. `cut` says into what parts exchanges are cut (pipeline
    /// degree). `copies` are what travels instead of the matrix where tokens are shared.
    public static func layer(
        leads: [Interval] = [],
        gates: [Interval],
        experts: [Interval],
        matrix: TrafficMatrix,
        _ algorithm: ExchangeAlgorithm,
        over ports: PortMap,
        cut: MessageCut = MessageCut(parts: 1, unit: 1),
        copies: TokenCopies? = nil
    ) -> [RankProgram] {
        var program = LayerProgram(algorithm, ports)
        let cuts = TrafficCuts(matrix, cut)
        let parts = cut.parts
        program.begin(leads)
        program.wait(gates, .gate, part: 0, after: program.started)
        let gate = program.last
        var arrived: [Int] = []
        for part in 0..<parts {
            let shared = copies.map { SharedRailSchedule(copies: $0, cut: cut, part: part) }
            let schedule = shared?.dispatch() ?? program.schedule(cuts.messages(part))
            program.exchange(schedule, .dispatch, part, after: [gate], isShared: shared != nil)
            arrived.append(program.last)
        }
        var computed: [Int] = []
        for part in 0..<parts {
            let lengths = cuts.split(experts, part)
            program.wait(
                lengths,
                .expert,
                part: part,
                after: [arrived[part]] + computed.suffix(1)
            )
            computed.append(program.last)
        }
        for part in 0..<parts {
            let shared = copies.map { SharedRailSchedule(copies: $0, cut: cut, part: part) }
            let schedule =
                shared?.combine() ?? program.schedule(cuts.returning(part), isReturning: true)
            let after = [computed[part]]
            program.exchange(schedule, .combine, part, after: after, isShared: shared != nil)
        }
        return program.stages.map(RankProgram.init)
    }

    /// An all-reduce, index = rank: each of its stages is an exchange of its own.
    ///
    /// `gates` is what ranks compute before it.
    public static func reduction(
        leads: [Interval],
        gates: [Interval] = [],
        _ reduction: AllReduce,
        over ports: PortMap
    ) -> [RankProgram] {
        var program = LayerProgram(.direct, ports)
        program.begin(leads)
        if gates.contains(where: { $0 > .zero }) {
            program.wait(gates, .gate, part: 0, after: program.started)
        }
        let layout = ports.layout
        let byRank = layout.ranks.map(reduction.stages)
        if byRank[0].isEmpty, program.stages[0].isEmpty {
            // A rank alone has nobody to sum with, and a program has a stage all the same.
            program.wait(layout.ranks.map { _ in .zero }, .lead, part: 0, after: [])
        }
        for round in byRank[0].indices {
            var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
            for rank in layout.ranks {
                for (peer, values) in byRank[rank.index][round].messages where values > 0 {
                    let run = MessageRun(
                        origin: rank,
                        final: peer,
                        offset: 0,
                        bytes: values * reduction.valueBytes
                    )
                    builder.send(run, from: rank, to: peer)
                }
            }
            let role = StageRole(.reduce, round: round)
            let after = program.started
            for (rank, exchange) in builder.schedule.rounds[0].enumerated() {
                program.stages[rank].append(
                    RankProgram.Stage(role, after: after, .exchange(exchange))
                )
            }
        }
        return program.stages.map(RankProgram.init)
    }

    private var last: Int { stages[0].count - 1 }

    /// What the next stage comes after, if all come one after the other.
    private var started: [Int] { stages[0].isEmpty ? [] : [last] }

    /// Ranks that do not begin together.
    private mutating func begin(_ leads: [Interval]) {
        guard leads.contains(where: { $0 > .zero }) else { return }
        wait(leads, .lead, part: 0, after: [])
    }

    private mutating func wait(
        _ lengths: [Interval],
        _ kind: StageKind,
        part: Int,
        after: [Int]
    ) {
        for rank in 0..<world {
            let role = StageRole(kind, part: part)
            stages[rank].append(RankProgram.Stage(role, after: after, .wait(lengths[rank])))
        }
    }

    private func schedule(
        _ messages: MessageMatrix,
        isReturning: Bool = false
    ) -> ExchangeSchedule {
        ExchangeSchedule(algorithm, messages, over: ports, isReturning: isReturning)
    }

    private mutating func exchange(
        _ schedule: ExchangeSchedule,
        _ kind: StageKind,
        _ part: Int,
        after: [Int],
        isShared: Bool = false
    ) {
        let rounds = schedule.rounds
        var after = after
        for (round, parts) in rounds.enumerated() {
            let role = StageRole(
                kind,
                part: part,
                round: round,
                isLastRound: round == rounds.count - 1,
                isShared: isShared
            )
            for rank in 0..<world {
                stages[rank].append(RankProgram.Stage(role, after: after, .exchange(parts[rank])))
            }
            after = [last]
        }
    }
}
