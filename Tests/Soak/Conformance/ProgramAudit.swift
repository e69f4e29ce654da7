// Programs of all ranks against each other and against the traffic, before anything is played.

import ClusterModel
import Exchange

/// Whether the ranks' programs fit together and move just the bytes they should.
struct ProgramAudit {
    let step: SoakCase
    private var programs: [RankProgram] { step.programs }

    init(_ step: SoakCase) { self.step = step }

    func check() throws {
        let stages = programs[0].stages
        for (rank, program) in programs.enumerated() {
            try require(
                program.stages.map(\.role) == stages.map(\.role)
                    && program.stages.map(\.after) == stages.map(\.after),
                "rank \(rank) has other stages than rank 0"
            )
            try checkCounts(Rank(rank), program)
            for stage in stages.indices { try checkStage(stage, of: Rank(rank)) }
        }
        try checkLayer(stages)
    }

    /// What a worker checks before it plays.
    private func checkCounts(_ rank: Rank, _ program: RankProgram) throws {
        let back = step.matrix.transposed
        let isBare = step.parts == 0
        try ProgramCheck(
            rank: rank,
            program: program,
            outgoing: [step.matrix.row(rank)] + (isBare ? [] : [back.row(rank)]),
            incoming: [step.matrix.column(rank)] + (isBare ? [] : [back.column(rank)]),
            parts: max(1, step.parts)
        ).check()
    }

    private func checkStage(_ stage: Int, of rank: Rank) throws {
        guard let exchange = programs[rank.index].stages[stage].exchange else { return }
        var slots: Set<[Int]> = []
        for send in exchange.sends {
            let receives = programs[send.peer.index].stages[stage].exchange?.receives ?? []
            let fits =
                receives.indices.contains(send.slot)
                && receives[send.slot].peer == rank && receives[send.slot].run == send.run
            try require(fits, "stage \(stage): \(rank) sends what \(send.peer) does not expect")
            let isNew = slots.insert([send.peer.index, send.slot]).inserted
            try require(isNew, "stage \(stage): \(rank) sends a stream twice")
            try checkSupply(send, stage, of: rank)
        }
        let expected = programs.reduce(0) {
            $0 + ($1.stages[stage].exchange?.sends.filter { $0.peer == rank }.count ?? 0)
        }
        try require(
            exchange.receives.count == expected,
            "stage \(stage): \(rank) expects what nobody sends"
        )
    }

    /// Origins send only their own, relays what they got.
    private func checkSupply(_ send: OutgoingStream, _ stage: Int, of rank: Rank) throws {
        let program = programs[rank.index]
        switch send.supply {
        case .own:
            try require(send.run.origin == rank, "\(rank) sends bytes of \(send.run.origin)")
        case .relayed(let round, let feed):
            let from = stage - program.stages[stage].role.round + Int(round)
            let receives = program.stages[from].exchange?.receives ?? []
            try require(receives.indices.contains(Int(feed)), "\(rank) passes on nothing")
            let run = receives[Int(feed)].run
            try require(
                run.offset == send.run.offset && run.bytes == send.run.bytes
                    && run.quantum == send.run.quantum,
                "\(rank) passes on other bytes than it got"
            )
            let isSame = run.origin == send.run.origin && run.final == send.run.final
            try require(
                isSame || step.algorithm == .groupwise,
                "\(rank) passes a message on as another one"
            )
        }
    }

    /// Experts compute a part once it is here, and one part after the other.
    private func checkLayer(_ stages: [RankProgram.Stage]) throws {
        for (index, stage) in stages.enumerated() where stage.role.kind == .expert {
            let before = stage.after.map { stages[$0].role }
            let comes = before.contains {
                $0.kind == .dispatch && $0.part == stage.role.part && $0.isLastRound
            }
            try require(comes, "expert \(index) computes part \(stage.role.part) before it is here")
            let follows = before.contains {
                $0.kind == .expert && $0.part == stage.role.part - 1
            }
            try require(
                follows || stage.role.part == 0,
                "expert \(index) computes two parts at once"
            )
        }
    }
}
