// A step that stands still: the machine asks everybody, and it alone judges.

import ClusterModel
import Membership
import Testing

private let bounds = CoordinatorBounds(
    join: 20_000_000_000,
    mesh: 20_000_000_000,
    prepare: 20_000_000_000,
    leave: 2_000_000_000,
    silence: 5_000_000_000
)

/// Four ranks that play exchange 3.
private struct Stall {
    var machine: CoordinatorMachine
    let ranks = (0..<4).map(Rank.init)

    init(resends: ResendLimits? = nil) {
        machine = CoordinatorMachine(world: 4, bounds: bounds, resends: resends, at: 0)
        for rank in ranks { _ = machine.joined(rank, at: 0) }
        for rank in ranks { _ = machine.meshReady(rank, at: 0) }
        machine.prepare(serial: 3, at: 0)
        for rank in ranks { _ = machine.prepared(rank, serial: 3, at: 0) }
        machine.loading(serial: 3, at: 0)
        for rank in ranks { _ = machine.ready(rank, serial: 3, at: 0) }
        machine.appointed(serial: 3, bound: 50_000_000_000, at: 0)
    }

    mutating func stands(ping: Int = 9, mayAsk: Bool = true) -> CoordinatorAction {
        machine.standsStill(serial: 3, ping: ping, mayAsk: mayAsk, at: 0)
    }

    mutating func says(_ rank: Int, stage: Int, _ peers: Int..., ping: Int = 9)
        -> CoordinatorAction
    {
        let waiting = Waiting(
            stage: stage,
            peers: peers.map(Rank.init),
            bytes: peers.map { _ in 64 }
        )
        return machine.heard(from: Rank(rank), waiting: waiting, ping: ping, at: 1_000_000)
    }
}

private func stalled(_ waits: (Int, Int)...) -> CoordinatorAction {
    .fail(
        .stalled(
            phase: "running exchange 3, with nothing under way any more,",
            milliseconds: 1,
            waits: waits.map { Wait(Rank($0.0), for: Rank($0.1), bytes: 64) }
        )
    )
}

@Suite struct `A step that stands still` {
    @Test func `is judged once everybody has answered the question, not by who answers first`() {
        var stall = Stall()
        #expect(stall.stands() == .ask(ping: 9))
        // The first answers are about what follows from rank 2's wait.
        #expect(stall.says(0, stage: 4, 1) == .wait)
        #expect(stall.says(1, stage: 2, 2) == .wait)
        #expect(stall.says(3, stage: 4, 1) == .wait)
        #expect(stall.says(2, stage: 1, 3) == stalled((2, 3)))
    }

    @Test func `blames whom most of the waits of a stage have in common`() {
        var stall = Stall()
        _ = stall.stands()
        _ = stall.says(0, stage: 1, 1, 3)
        _ = stall.says(1, stage: 1, 3)
        _ = stall.says(2, stage: 1, 3)
        let verdict = stall.says(3, stage: 1)
        #expect(verdict == stalled((0, 1), (0, 3), (1, 3), (2, 3)))
        guard case .fail(let failure) = verdict else { return }
        #expect(failure.rootCause == nil, "rank 0 waits for 1 as well")
        #expect(failure.waits.map(\.peer).contains(Rank(3)))
    }

    @Test func `is not judged by what was said before the question`() {
        var stall = Stall()
        _ = stall.says(0, stage: 1, 2, ping: 8)
        _ = stall.stands()
        // An answer that was under way when the question was asked.
        #expect(stall.says(0, stage: 1, 2, ping: 8) == .wait)
        #expect(stall.says(1, stage: 3, 0) == .wait)
        #expect(stall.says(2, stage: 3, 0) == .wait)
        #expect(stall.says(3, stage: 3, 0) == .wait)
        #expect(stall.says(0, stage: 2, 3) == stalled((0, 3)))
    }

    @Test func `has not stood still if somebody ends it meanwhile, and may be asked about anew`() {
        var stall = Stall()
        _ = stall.stands()
        _ = stall.says(0, stage: 2, 1)
        #expect(stall.machine.finished(Rank(1), serial: 3, at: 1_000_000) == .wait)
        #expect(stall.says(2, stage: 2, 1) == .wait)
        #expect(stall.says(3, stage: 2, 1) == .wait)
        #expect(stall.stands(ping: 12) == .ask(ping: 12))
        // Rank 1 has done its part and is not waited for.
        #expect(stall.says(0, stage: 2, 3, ping: 12) == .wait)
        #expect(stall.says(2, stage: 2, 3, ping: 12) == .wait)
        #expect(stall.says(3, stage: 2, ping: 12) == stalled((0, 3), (2, 3)))
    }

    @Test func `has not stood still if somebody moves meanwhile, and is asked about anew`() {
        var stall = Stall()
        _ = stall.stands()
        for rank in 0..<3 { _ = stall.says(rank, stage: 1, 3) }
        // What was under way for long has come: rank 0 does not wait any more.
        stall.machine.moved(serial: 3)
        #expect(stall.says(3, stage: 1, 0) == .wait)
        #expect(stall.stands(ping: 12) == .ask(ping: 12))
        // Who moves in another step is none of this one's.
        stall.machine.moved(serial: 2)
        for rank in 1..<3 { _ = stall.says(rank, stage: 1, 3, ping: 12) }
        _ = stall.says(0, stage: 2, 1, ping: 12)
        #expect(stall.says(3, stage: 2, 1, ping: 12) == stalled((1, 3), (2, 3)))
    }

    @Test func `is left to the bound of its phase if nobody waits for anybody`() {
        var stall = Stall()
        _ = stall.stands()
        for rank in 0..<4 { #expect(stall.says(rank, stage: 0) == .wait) }
        #expect(stall.stands(ping: 10) == .ask(ping: 10))
    }

    @Test func `is asked about once, and by nobody who plays another step`() {
        var stall = Stall()
        #expect(stall.machine.standsStill(serial: 2, ping: 9, at: 0) == .wait)
        #expect(stall.stands() == .ask(ping: 9))
        #expect(stall.stands(ping: 10) == .wait)
    }

    @Test func `makes who does not answer silent`() {
        var stall = Stall()
        _ = stall.stands()
        for rank in 0..<3 { _ = stall.says(rank, stage: 1, 3) }
        for rank in 0..<3 { stall.machine.heard(from: Rank(rank), at: 5_000_000_000) }
        let silent = RunFailure.silent(
            Rank(3),
            milliseconds: 5_000,
            phase: "running exchange 3"
        )
        #expect(stall.machine.tick(at: 5_000_000_000) == .fail(silent))
    }

    @Test func `is no question any more once it is given up`() {
        var stall = Stall()
        _ = stall.stands()
        for rank in 0..<3 { _ = stall.says(rank, stage: 1, 3) }
        _ = stall.machine.abandon(serial: 4, lost: [], excluded: [], at: 2_000_000)
        #expect(stall.says(3, stage: 1, 0) == .wait)
    }

    @Test func `has its missing chunks asked for before anybody is blamed, as often as may be`() {
        var stall = Stall(resends: ResendLimits(chunk: 2, step: 64))
        func round(_ peer: Int) -> CoordinatorAction {
            _ = stall.stands()
            for rank in 1..<4 { _ = stall.says(rank, stage: 4, 0) }
            return stall.says(0, stage: 1, peer)
        }
        // Those of the stage that the first of the waits is at, and before.
        #expect(round(2) == .askForMissing(upTo: 1))
        #expect(round(2) == .askForMissing(upTo: 1))
        // Something came: others are waited for now.
        #expect(round(3) == .askForMissing(upTo: 1))
        #expect(round(3) == .askForMissing(upTo: 1))
        #expect(round(3) == stalled((0, 3)))
    }

    @Test func `has nothing asked for over connections that do not bring what was sent`() {
        var stall = Stall(resends: ResendLimits(chunk: 2, step: 64))
        _ = stall.stands(mayAsk: false)
        for rank in 1..<4 { _ = stall.says(rank, stage: 4, 0) }
        #expect(stall.says(0, stage: 1, 2) == stalled((0, 2)))
    }
}
