import ClusterModel
import Exchange
import Links
import Testing

/// A gate of 1 ms, then experts of 1 ms.
private func machine(_ alarms: ProgramAlarm...) throws -> RankMachine {
    let wait = Interval(picoseconds: 1_000_000_000)
    var program = RankProgram([
        RankProgram.Stage(StageRole(.gate), after: [], .wait(wait)),
        RankProgram.Stage(StageRole(.expert), after: [0], .wait(wait)),
    ])
    program.alarms = alarms
    return RankMachine(
        rank: Rank(0),
        program: program,
        ports: try ports(nodes: 2, npus: 1),
        pacing: RankPacing(chunk: ByteCount(100), window: .zero, catchUp: .zero)
    )
}

private func micro(_ microseconds: Int64) -> Instant {
    Instant(picoseconds: microseconds * 1_000_000)
}

extension RankMachine {
    /// Points that have come by then.
    fileprivate mutating func reached(at now: Instant) -> [ReachedPoint] {
        var actions: [RankAction] = []
        advance(to: now, &actions)
        return actions.compactMap { if case .reached(let point) = $0 { point } else { nil } }
    }
}

@Suite struct `A point that a strike waits for` {
    @Test func `is told once, when its stage begins`() throws {
        var machine = try machine(ProgramAlarm(strike: 5, point: .stage(1)))
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        #expect(actions.isEmpty)
        #expect(machine.reached(at: micro(999)).isEmpty)
        // A host that comes late changes nothing about when it was.
        #expect(machine.reached(at: micro(1_007)) == [ReachedPoint(strike: 5, at: micro(1_000))])
        #expect(machine.reached(at: micro(1_008)).isEmpty)
    }

    @Test func `is told when its instant comes, for which the rank wakes`() throws {
        var machine = try machine(ProgramAlarm(strike: 6, point: .instant(micro(300))))
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        #expect(machine.nextWake() == micro(300))
        #expect(machine.quiet(at: .zero)?.wake == micro(300))
        #expect(machine.reached(at: micro(299)).isEmpty)
        #expect(machine.reached(at: micro(302)) == [ReachedPoint(strike: 6, at: micro(300))])
        #expect(machine.nextWake() == micro(1_000))
    }
}
