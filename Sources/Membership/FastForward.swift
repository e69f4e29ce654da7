// Agreement on a jump over modelled waits. Every rank that neither sends nor receives says so,
// with its counts of chunks and the instant at which it goes on by itself. When all are quiet and
// every chunk sent has been delivered, a second round asks whether that still holds (Mattern's
// four counters: one round alone could add up counts of different moments). If it does, nothing
// can happen before the earliest wake-up, and the clock may jump there.

import ClusterModel

/// What the coordinator does next about jumping.
public enum FastForwardAction: Sendable, Equatable {
    case wait
    /// Ask every rank whether it is still quiet.
    case confirm(round: Int)
    /// Let the emulated clock run ahead to this wake-up.
    case jump(to: Instant)
    /// Nothing moves, and nobody will go on by itself: who still waits, waits in vain. So many
    /// chunks were sent and never read: what carries them is broken.
    case stalled(unread: Int)
}

/// The coordinator's view of who is quiet in the present step.
public struct FastForward: Sendable {
    /// What a rank said of itself.
    public struct Report: Sendable, Equatable {
        public let wake: Instant?
        public let sent: Int
        public let received: Int

        public init(wake: Instant?, sent: Int, received: Int) {
            self.wake = wake
            self.sent = sent
            self.received = received
        }
    }

    /// A jump shorter than this is not worth two rounds of messages.
    private let worthwhile: Interval
    /// If nobody has moved for so long and nobody will, what is under way does not arrive any more.
    private let patience: Interval
    private var lastReportAt: Instant?
    /// All have confirmed once that nobody moves, though something seems to be under way.
    private var seemsIdle = false
    private var reports: [Report?]
    private let members: Set<Rank>
    private var round = 0
    /// Ranks that have not confirmed the present round; `nil` outside a round.
    private var unconfirmed: Set<Rank>?

    /// Those that are excluded play no more, and are not asked.
    ///
    /// Without `patience` bytes that never arrive are left to the step's deadline.
    public init(
        world: Int,
        excluded: Set<Rank> = [],
        worthwhile: Interval,
        patience: Interval = Interval(picoseconds: .max / 4)
    ) {
        self.patience = patience
        members = Set((0..<world).map(Rank.init)).subtracting(excluded)
        reports = Array(repeating: nil, count: world)
        self.worthwhile = worthwhile
    }

    public mutating func quiet(
        _ rank: Rank,
        _ report: Report,
        at now: Instant
    ) -> FastForwardAction {
        reports[rank.index] = report
        lastReportAt = now
        seemsIdle = false
        // It has moved on since it was counted: its answer would fit this report, but the sums
        // that were compared are those of the one before.
        unconfirmed = nil
        return propose(at: now)
    }

    public mutating func confirmed(
        _ rank: Rank,
        round: Int,
        quiet: Bool,
        sent: Int,
        received: Int,
        at now: Instant
    ) -> FastForwardAction {
        guard round == self.round, unconfirmed != nil else { return .wait }
        guard quiet, let report = reports[rank.index], report.sent == sent,
            report.received == received
        else {
            // It has moved on and will say when it is quiet again.
            unconfirmed = nil
            if !quiet { reports[rank.index] = nil }
            return .wait
        }
        unconfirmed?.remove(rank)
        guard unconfirmed?.isEmpty == true else { return .wait }
        unconfirmed = nil
        guard let wake = earliestWake else { return stall() }
        return wake - now > worthwhile ? .jump(to: wake) : .wait
    }

    /// What is under way may still stand in sockets that a rank reads after the question: it is
    /// lost when a second round, a turn of every loop later, says the same.
    private mutating func stall() -> FastForwardAction {
        let unread = totals.sent - totals.received
        guard unread != 0, !seemsIdle else { return .stalled(unread: unread) }
        seemsIdle = true
        return .wait
    }

    private var totals: (sent: Int, received: Int) {
        members.reduce(into: (0, 0)) { totals, rank in
            totals.0 += reports[rank.index]?.sent ?? 0
            totals.1 += reports[rank.index]?.received ?? 0
        }
    }

    /// Asks all ranks, from time to time, whether they are still where nobody goes on: chunks that
    /// were sent and have not been read for long are lost.
    public mutating func idle(at now: Instant) -> FastForwardAction {
        guard unconfirmed == nil, earliestWake == nil, let last = lastReportAt,
            now - last >= patience, members.allSatisfy({ reports[$0.index] != nil })
        else { return .wait }
        round += 1
        unconfirmed = members
        return .confirm(round: round)
    }

    /// All are asked to ask for what they miss, and whether they are quiet after that.
    public mutating func ask() -> FastForwardAction {
        round += 1
        unconfirmed = members
        return .confirm(round: round)
    }

    private mutating func propose(at now: Instant) -> FastForwardAction {
        if let wake = earliestWake, wake - now <= worthwhile { return .wait }
        guard members.allSatisfy({ reports[$0.index] != nil }), totals.sent == totals.received
        else { return .wait }
        round += 1
        unconfirmed = members
        return .confirm(round: round)
    }

    private var earliestWake: Instant? {
        reports.compactMap { $0?.wake }.min()
    }
}
