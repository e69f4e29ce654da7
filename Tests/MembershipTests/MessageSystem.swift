import ClusterModel
import Membership

/// An abstract system of ranks that wait, send and receive, with a coordinator that lets time
/// jump: messages take random times, and only those between the same two keep their order.
struct MessageSystem {
    /// A jump over something that would have happened, or was happening.
    struct Mistake: Error, Equatable {
        let what: String
    }

    private struct RankState {
        /// Emulated; the rank does something by itself then.
        var wake: Int64?
        /// It computes until `wake` and must not be skipped.
        var isBusy = false
        var sent = 0
        var received = 0
        /// Wake-ups it may still have, so that every run ends.
        var lives = 5
        var skipped: Int64 = 0
        var lastReport: FastForward.Report?
    }

    private enum Message {
        case chunk(to: Int)
        case quiet(Int, FastForward.Report)
        case confirm(Int, round: Int)
        case confirmed(Int, round: Int, quiet: Bool, sent: Int, received: Int)
        case jump(Int, skipped: Int64)
    }

    private static let margin: Int64 = 20

    private var random: SeededRandom
    private var ranks: [RankState]
    private var coordinator: FastForward
    private var now: Int64 = 0
    private var skipped: Int64 = 0
    private var mail: [(at: Int64, message: Message)] = []
    /// When the last message of a channel comes: to the coordinator, and from it.
    private var upLast: [Int64]
    private var downLast: [Int64]
    private var inFlight = 0
    private let delayMax: Int
    private(set) var jumps = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let world = 2 + random.next(below: 5)
        // Control messages slower than jumps are worthwhile make the races.
        delayMax = [5, 40, 200][random.next(below: 3)]
        ranks = []
        for _ in 0..<world {
            var rank = RankState()
            rank.wake = random.next(below: 4) == 0 ? nil : Int64(random.next(below: 2_000))
            ranks.append(rank)
        }
        coordinator = FastForward(
            world: world,
            worthwhile: Interval(picoseconds: 2 * Self.margin)
        )
        upLast = Array(repeating: 0, count: world)
        downLast = upLast
    }

    /// Plays to the end.
    mutating func run() throws(Mistake) {
        for rank in ranks.indices { reportQuiet(rank) }
        while let next = nextEvent {
            now = max(now, next.at)
            switch next.source {
            case .rank(let rank): wakeUp(rank)
            case .mail(let index): try deliver(mail.remove(at: index).message)
            }
        }
    }

    // MARK: Time

    private enum Source {
        case rank(Int)
        case mail(Int)
    }

    private var nextEvent: (at: Int64, source: Source)? {
        var next: (at: Int64, source: Source)?
        for (index, letter) in mail.enumerated() where letter.at < next?.at ?? .max {
            next = (letter.at, .mail(index))
        }
        for (index, rank) in ranks.enumerated() {
            guard let wake = rank.wake, wake - rank.skipped < next?.at ?? .max else { continue }
            next = (wake - rank.skipped, .rank(index))
        }
        return next
    }

    private mutating func delay() -> Int64 { Int64(1 + random.next(below: delayMax)) }

    private mutating func sendUp(_ rank: Int, _ message: Message) {
        upLast[rank] = max(upLast[rank], now + delay())
        mail.append((upLast[rank], message))
    }

    private mutating func sendDown(_ rank: Int, _ message: Message) {
        downLast[rank] = max(downLast[rank], now + delay())
        mail.append((downLast[rank], message))
    }

    // MARK: Ranks

    private mutating func wakeUp(_ rank: Int) {
        ranks[rank].wake = nil
        ranks[rank].isBusy = false
        ranks[rank].lives -= 1
        for _ in 0..<random.next(below: 3) {
            ranks[rank].sent += 1
            inFlight += 1
            mail.append((now + delay(), .chunk(to: random.next(below: ranks.count))))
        }
        waitAnew(rank)
        reportQuiet(rank)
    }

    private mutating func waitAnew(_ rank: Int) {
        guard ranks[rank].lives > 0, ranks[rank].wake == nil, random.next(below: 3) > 0 else {
            return
        }
        ranks[rank].isBusy = random.next(below: 4) == 0
        let length = Int64(1 + random.next(below: ranks[rank].isBusy ? 30 : 3_000))
        ranks[rank].wake = now + ranks[rank].skipped + length
    }

    private func quiet(_ rank: Int) -> FastForward.Report? {
        let state = ranks[rank]
        guard !state.isBusy else { return nil }
        return FastForward.Report(
            wake: state.wake.map(Instant.init(picoseconds:)),
            sent: state.sent,
            received: state.received
        )
    }

    private mutating func reportQuiet(_ rank: Int) {
        guard let report = quiet(rank), report != ranks[rank].lastReport else { return }
        ranks[rank].lastReport = report
        sendUp(rank, .quiet(rank, report))
    }

    // MARK: Messages

    private mutating func deliver(_ message: Message) throws(Mistake) {
        switch message {
        case .chunk(let rank):
            inFlight -= 1
            ranks[rank].received += 1
            waitAnew(rank)
            reportQuiet(rank)
        case .quiet(let rank, let report):
            try perform(coordinator.quiet(Rank(rank), report, at: emulated))
        case .confirm(let rank, let round):
            let report = quiet(rank)
            sendUp(
                rank,
                .confirmed(
                    rank,
                    round: round,
                    quiet: report != nil,
                    sent: report?.sent ?? 0,
                    received: report?.received ?? 0
                )
            )
        case .confirmed(let rank, let round, let quiet, let sent, let received):
            try perform(
                coordinator.confirmed(
                    Rank(rank),
                    round: round,
                    quiet: quiet,
                    sent: sent,
                    received: received,
                    at: emulated
                )
            )
        case .jump(let rank, let skipped):
            ranks[rank].skipped = max(ranks[rank].skipped, skipped)
        }
    }

    private var emulated: Instant { Instant(picoseconds: now + skipped) }

    private mutating func perform(_ action: FastForwardAction) throws(Mistake) {
        switch action {
        case .wait: break
        case .stalled: try checkStall()
        case .confirm(let round):
            for rank in ranks.indices { sendDown(rank, .confirm(rank, round: round)) }
        case .jump(let wake):
            try check(wake.picoseconds)
            jumps += 1
            skipped += wake.picoseconds - Self.margin - emulated.picoseconds
            for rank in ranks.indices { sendDown(rank, .jump(rank, skipped: skipped)) }
        }
    }

    /// Nothing may happen any more.
    private func checkStall() throws(Mistake) {
        guard inFlight == 0, !ranks.contains(where: { $0.isBusy || $0.wake != nil }) else {
            throw Mistake(what: "a stall of ranks that go on")
        }
    }

    /// Nothing may happen before `target`.
    private func check(_ target: Int64) throws(Mistake) {
        guard inFlight == 0 else { throw Mistake(what: "\(inFlight) chunks in flight") }
        guard !ranks.contains(where: \.isBusy) else { throw Mistake(what: "a rank computes") }
        guard let earliest = ranks.compactMap(\.wake).min() else {
            throw Mistake(what: "nobody wakes")
        }
        guard earliest >= target else {
            throw Mistake(what: "a wake at \(earliest) before \(target)")
        }
    }
}
