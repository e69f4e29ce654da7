import ClusterModel
import Membership
import Testing

private func at(_ picoseconds: Int64) -> Instant { Instant(picoseconds: picoseconds) }

private func report(_ wake: Int64?, _ sent: Int = 0, _ received: Int = 0) -> FastForward.Report {
    FastForward.Report(wake: wake.map(at), sent: sent, received: received)
}

/// Jumps of more than 10 ps are worthwhile.
private func coordinator(of world: Int) -> FastForward {
    FastForward(world: world, worthwhile: Interval(picoseconds: 10))
}

extension FastForward {
    fileprivate mutating func yes(
        _ rank: Int,
        round: Int,
        _ sent: Int = 0,
        _ received: Int = 0,
        at now: Int64 = 0
    ) -> FastForwardAction {
        confirmed(
            Rank(rank),
            round: round,
            quiet: true,
            sent: sent,
            received: received,
            at: Instant(picoseconds: now)
        )
    }
}

@Suite struct `A jump of the emulated clock` {
    @Test func `goes to the earliest wake once all have confirmed`() {
        var jumps = coordinator(of: 3)
        #expect(jumps.quiet(Rank(0), report(700), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(1), report(300), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(2), report(nil), at: .zero) == .confirm(round: 1))
        #expect(jumps.yes(2, round: 1) == .wait)
        #expect(jumps.yes(0, round: 1) == .wait)
        #expect(jumps.yes(1, round: 1) == .jump(to: at(300)))
    }

    @Test func `is not asked for while a chunk is in flight`() {
        var jumps = coordinator(of: 2)
        #expect(jumps.quiet(Rank(0), report(500, 1, 0), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(1), report(600, 0, 0), at: .zero) == .wait)
        // It has come.
        #expect(jumps.quiet(Rank(1), report(600, 0, 1), at: .zero) == .confirm(round: 1))
    }

    @Test(arguments: [-5, 0, 5, 10])
    func `is not asked for when it is short`(wake: Int64) {
        var jumps = coordinator(of: 1)
        #expect(jumps.quiet(Rank(0), report(wake), at: .zero) == .wait)
    }

    @Test func `is none when nobody wakes by himself, but a stall, once all confirm`() {
        var jumps = coordinator(of: 2)
        #expect(jumps.quiet(Rank(0), report(nil), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(1), report(nil), at: .zero) == .confirm(round: 1))
        #expect(jumps.yes(0, round: 1, at: 0) == .wait)
        #expect(jumps.yes(1, round: 1, at: 0) == .stalled(unread: 0))
    }

    /// A chunk that was sent and that nobody has read for long.
    @Test func `is none, but a stall after long, when what is under way does not arrive`() {
        var jumps = FastForward(
            world: 2,
            worthwhile: Interval(picoseconds: 10),
            patience: Interval(picoseconds: 1_000)
        )
        #expect(jumps.quiet(Rank(0), report(nil, 1, 0), at: at(5)) == .wait)
        #expect(jumps.quiet(Rank(1), report(nil), at: at(7)) == .wait)
        #expect(jumps.idle(at: at(1_006)) == .wait)
        #expect(jumps.idle(at: at(1_007)) == .confirm(round: 1))
        #expect(jumps.idle(at: at(1_008)) == .wait)
        #expect(jumps.yes(0, round: 1, 1, 0, at: 1_010) == .wait)
        #expect(jumps.yes(1, round: 1, at: 1_011) == .wait)
        // A second round says the same.
        #expect(jumps.idle(at: at(1_020)) == .confirm(round: 2))
        #expect(jumps.yes(1, round: 2, at: 1_021) == .wait)
        #expect(jumps.yes(0, round: 2, 1, 0, at: 1_022) == .stalled(unread: 1))
    }

    @Test func `is no stall of long standing while somebody goes on by himself`() {
        var jumps = FastForward(
            world: 2,
            worthwhile: Interval(picoseconds: 10_000),
            patience: Interval(picoseconds: 1_000)
        )
        #expect(jumps.quiet(Rank(0), report(5_000, 1, 0), at: at(5)) == .wait)
        #expect(jumps.quiet(Rank(1), report(nil), at: at(7)) == .wait)
        #expect(jumps.idle(at: at(3_000)) == .wait)
    }

    @Test func `is no stall either while a chunk is under way`() {
        var jumps = coordinator(of: 2)
        #expect(jumps.quiet(Rank(0), report(nil, 1, 0), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(1), report(nil), at: .zero) == .wait)
    }

    @Test func `is off when its time has come before all have confirmed`() {
        var jumps = coordinator(of: 2)
        _ = jumps.quiet(Rank(0), report(100), at: .zero)
        #expect(jumps.quiet(Rank(1), report(nil), at: .zero) == .confirm(round: 1))
        _ = jumps.yes(0, round: 1, at: 50)
        #expect(jumps.yes(1, round: 1, at: 95) == .wait)
    }

    @Test func `is off when a rank is not quiet any more`() {
        var jumps = coordinator(of: 2)
        _ = jumps.quiet(Rank(0), report(500), at: .zero)
        #expect(jumps.quiet(Rank(1), report(600), at: .zero) == .confirm(round: 1))
        #expect(
            jumps.confirmed(Rank(0), round: 1, quiet: false, sent: 0, received: 0, at: .zero)
                == .wait
        )
        #expect(jumps.yes(1, round: 1) == .wait)
        // It must be quiet again before anybody is asked.
        #expect(jumps.quiet(Rank(1), report(650), at: .zero) == .wait)
        #expect(jumps.quiet(Rank(0), report(700), at: .zero) == .confirm(round: 2))
        #expect(jumps.yes(0, round: 2) == .wait)
        #expect(jumps.yes(1, round: 2) == .jump(to: at(650)))
    }

    @Test func `is off when a rank has moved on, quiet though it is`() {
        var jumps = coordinator(of: 2)
        _ = jumps.quiet(Rank(0), report(500), at: .zero)
        _ = jumps.quiet(Rank(1), report(600), at: .zero)
        #expect(jumps.yes(0, round: 1, 1, 0) == .wait)
        #expect(jumps.yes(1, round: 1) == .wait)
    }

    @Test func `is not agreed by answers to an earlier question`() {
        var jumps = coordinator(of: 2)
        _ = jumps.quiet(Rank(0), report(500), at: .zero)
        _ = jumps.quiet(Rank(1), report(600), at: .zero)
        _ = jumps.confirmed(Rank(0), round: 1, quiet: false, sent: 0, received: 0, at: .zero)
        #expect(jumps.quiet(Rank(0), report(800), at: .zero) == .confirm(round: 2))
        #expect(jumps.yes(1, round: 1) == .wait)
        #expect(jumps.yes(0, round: 2) == .wait)
        #expect(jumps.yes(1, round: 2) == .jump(to: at(600)))
    }

    @Test func `is not agreed by one rank that answers twice`() {
        var jumps = coordinator(of: 2)
        _ = jumps.quiet(Rank(0), report(500), at: .zero)
        _ = jumps.quiet(Rank(1), report(600), at: .zero)
        #expect(jumps.yes(0, round: 1) == .wait)
        #expect(jumps.yes(0, round: 1) == .wait)
        #expect(jumps.yes(1, round: 1) == .jump(to: at(500)))
        #expect(jumps.yes(1, round: 1) == .wait)
    }

    // Mattern, "Algorithms for distributed termination detection", 1987: counts of different
    // moments add up though a message is under way.
    @Test func `is not led astray by counts of different moments`() {
        var jumps = coordinator(of: 3)
        // Rank 0 reports before it sends to 1. Rank 2 reports having received what 1 sent it
        // later, after 1 had reported; what 0 sent to 1 is still under way.
        _ = jumps.quiet(Rank(0), report(900, 1, 0), at: .zero)
        _ = jumps.quiet(Rank(1), report(900, 0, 0), at: .zero)
        #expect(jumps.quiet(Rank(2), report(900, 0, 1), at: .zero) == .confirm(round: 1))
        #expect(jumps.yes(0, round: 1, 1, 0) == .wait)
        #expect(jumps.yes(2, round: 1, 0, 1) == .wait)
        // Rank 1 has sent one since.
        #expect(jumps.yes(1, round: 1, 1, 0) == .wait)
    }

    @Test func `is off when a rank reports anew during the question`() {
        var jumps = coordinator(of: 3)
        _ = jumps.quiet(Rank(0), report(900, 1, 0), at: .zero)
        _ = jumps.quiet(Rank(1), report(900, 0, 0), at: .zero)
        #expect(jumps.quiet(Rank(2), report(900, 0, 1), at: .zero) == .confirm(round: 1))
        // The same as above, but what rank 1 says first fits what it answers then: what 0 sent
        // to it is still under way, two were sent and one received.
        #expect(jumps.quiet(Rank(1), report(900, 1, 0), at: .zero) == .wait)
        #expect(jumps.yes(0, round: 1, 1, 0) == .wait)
        #expect(jumps.yes(1, round: 1, 1, 0) == .wait)
        #expect(jumps.yes(2, round: 1, 0, 1) == .wait)
    }
}
