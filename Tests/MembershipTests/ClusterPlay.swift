// A whole cluster of machines in one process: the coordinator's, its recovery's and every worker's,
// with messages that take their way in an order drawn from a seed, and workers that die at drawn
// moments. No clock runs: what comes next is drawn.

import ClusterModel

@testable import Membership

/// One run of a few steps over machines alone.
struct ClusterPlay {
    enum Message: Equatable {
        case plan, meshReady
        case prepare(Int)
        case prepared(Int)
        case program(Int)
        case ready(Int)
        case start(Int)
        case finished(Int)
        case check(Int)
        case stepDone(Int)
        case abandon(Int, Set<Rank>, Set<Rank>)
        case abandoned(Int)
        case mend
        case linkDown(Rank)
        /// Between workers.
        case hello
        case counts(Int)
        case chunk(Int)
    }

    /// A way of messages: they arrive in the order in which they were sent.
    struct Way: Hashable {
        /// `nil`: the coordinator.
        var from: Rank?
        var to: Rank?
    }

    let world: Int
    let steps: Int
    var random: SeededRandom
    /// How many workers die before they are done.
    var deaths: Int
    var coordinator: CoordinatorMachine
    var recovery: RecoveryMachine
    var workers: [Rank: WorkerMachine] = [:]
    var incarnation: [Rank: Int] = [:]
    var ways: [Way: [Message]] = [:]
    /// Chunks of the present step that each worker still misses.
    var missing: [Rank: Set<Rank>] = [:]
    /// Processes that were started and have not joined, and deaths nobody has heard of.
    var joining: Set<Rank> = []
    var unheard: [Rank] = []
    var excluded: Set<Rank> = []
    var hasPlan: Set<Rank> = []
    var serial = -1
    var step = 0
    var failure: RunFailure?
    var measures: [RecoveryMeasure] = []
    /// Which serial each finished step had, and what went wrong with the rules.
    var done: [Int] = []
    var violations: [String] = []

    init(world: Int, steps: Int, deaths: Int, ladder: RecoveryLadder, seed: UInt64) {
        self.world = world
        self.steps = steps
        self.deaths = deaths
        random = SeededRandom(seed: seed)
        coordinator = CoordinatorMachine(world: world, bounds: .standard, at: 0)
        recovery = RecoveryMachine(ladder) { $0.count < world }
        joining = Set((0..<world).map(Rank.init))
    }

    var isOver: Bool { failure != nil || step == steps }

    /// Plays until it is over, at most so many events.
    mutating func play(atMost events: Int = 20_000) {
        for _ in 0..<events where !isOver { next() }
    }

    private mutating func next() {
        let open = ways.keys.filter { ways[$0]?.isEmpty == false }.sorted { order($0) < order($1) }
        let alive = workers.keys.sorted()
        let joins = joining.sorted()
        if deaths > 0, !alive.isEmpty, random.next(below: 60) == 0 {
            deaths -= 1
            die(alive[random.next(below: alive.count)])
            return
        }
        let choices = open.count + joins.count + unheard.count
        guard choices > 0 else {
            violations.append("nothing can happen while \(coordinator.phaseName)")
            failure = .interrupted
            return
        }
        let choice = random.next(below: choices)
        if choice < open.count {
            deliver(open[choice])
        } else if choice < open.count + joins.count {
            join(joins[choice - open.count])
        } else {
            let rank = unheard.remove(at: choice - open.count - joins.count)
            act(coordinator.exited(rank, how: "killed", at: 0))
        }
    }

    private func order(_ way: Way) -> Int {
        ((way.from?.index ?? world) * (world + 1)) + (way.to?.index ?? world)
    }

    // MARK: Processes

    private mutating func die(_ rank: Rank) {
        workers[rank] = nil
        unheard.append(rank)
        drop(rank)
    }

    /// What is on its way to and from a process goes with it; its peers notice.
    private mutating func drop(_ rank: Rank) {
        for way in ways.keys where way.from == rank || way.to == rank { ways[way] = [] }
        for peer in workers.keys.sorted() where workers[peer]?.connected.contains(rank) == true {
            if workers[peer]?.unlinked(rank) == true {
                send(.linkDown(rank), from: peer, to: nil)
            }
        }
    }

    private mutating func join(_ rank: Rank) {
        joining.remove(rank)
        workers[rank] = WorkerMachine(rank: rank)
        act(coordinator.joined(rank, at: 0))
    }

    private mutating func send(_ message: Message, from: Rank?, to: Rank?) {
        if let to, workers[to] == nil { return }
        ways[Way(from: from, to: to), default: []].append(message)
    }

    // MARK: The coordinator

    private var members: [Rank] { coordinator.members.sorted() }

    private mutating func tellAll(_ message: Message) {
        for rank in members { send(message, from: nil, to: rank) }
    }

    private mutating func act(_ action: CoordinatorAction) {
        switch action {
        case .wait, .allGone: break
        case .sendPlan:
            hasPlan = Set(members)
            tellAll(.plan)
        case .mend:
            for rank in members {
                send(hasPlan.contains(rank) ? .mend : .plan, from: nil, to: rank)
            }
            hasPlan = Set(members)
        case .meshReady: beginStep()
        case .compile(let serial):
            coordinator.loading(serial: serial, at: 0)
            tellAll(.program(serial))
        case .appoint(let serial):
            coordinator.appointed(serial: serial, bound: 1, at: 0)
            tellAll(.start(serial))
        case .check(let serial): tellAll(.check(serial))
        case .stepDone(let serial):
            done.append(serial)
            step += 1
            if step < steps { beginStep() }
        case .fail(let failure): recover(failure)
        }
    }

    private mutating func beginStep() {
        serial += 1
        coordinator.prepare(serial: serial, at: 0)
        tellAll(.prepare(serial))
    }

    private mutating func recover(_ failure: RunFailure) {
        let decision = recovery.decide(failure, excluded: excluded)
        measures.append(decision.measure)
        guard decision.measure != .abort else {
            self.failure = failure
            return
        }
        serial += 1
        for rank in decision.lost {
            workers[rank] = nil
            unheard.removeAll { $0 == rank }
            drop(rank)
            hasPlan.remove(rank)
            joining.remove(rank)
        }
        let isExclusion = decision.measure == .exclude
        if isExclusion {
            excluded.formUnion(decision.lost)
        } else {
            joining.formUnion(decision.lost)
        }
        let action = coordinator.abandon(
            serial: serial,
            lost: isExclusion ? [] : decision.lost,
            excluded: excluded,
            at: 0
        )
        for rank in members where !coordinator.unjoined.contains(rank) {
            send(
                .abandon(
                    serial,
                    coordinator.unjoined.union(decision.brokenPeers(of: rank)),
                    excluded
                ),
                from: nil,
                to: rank
            )
        }
        act(action)
    }

    // MARK: Messages

    private mutating func deliver(_ way: Way) {
        guard let message = ways[way]?.removeFirst() else { return }
        guard let to = way.to else {
            if let from = way.from { heard(message, from: from) }
            return
        }
        guard workers[to] != nil else { return }
        if let from = way.from { met(message, from: from, at: to) } else { told(message, to: to) }
    }

    private mutating func heard(_ message: Message, from rank: Rank) {
        switch message {
        case .meshReady: act(coordinator.meshReady(rank, at: 0))
        case .prepared(let serial): act(coordinator.prepared(rank, serial: serial, at: 0))
        case .ready(let serial): act(coordinator.ready(rank, serial: serial, at: 0))
        case .finished(let serial): act(coordinator.finished(rank, serial: serial, at: 0))
        case .stepDone(let serial): act(coordinator.stepDone(rank, serial: serial, at: 0))
        case .abandoned(let serial): act(coordinator.abandoned(rank, serial: serial, at: 0))
        case .linkDown:
            // A death is behind each of these, and says more.
            break
        default: violations.append("the coordinator got \(message)")
        }
    }

    private mutating func told(_ message: Message, to rank: Rank) {
        guard var worker = workers[rank] else { return }
        let actions: [WorkerAction]
        switch message {
        case .plan: actions = worker.planned(world: world, excluded: excluded, isTolerant: true)
        case .prepare(let serial): actions = worker.prepare(serial: serial)
        case .program(let serial): actions = worker.program(serial: serial)
        case .start(let serial): actions = worker.start(serial: serial)
        case .check(let serial): actions = worker.check(serial: serial)
        case .abandon(let serial, let dropped, let excluded):
            actions = worker.abandon(serial: serial, dropped: dropped, excluded: excluded)
        case .mend: actions = worker.mend()
        default: actions = [.report("\(message)")]
        }
        workers[rank] = worker
        perform(actions, at: rank)
    }

    private mutating func met(_ message: Message, from peer: Rank, at rank: Rank) {
        switch message {
        case .hello:
            guard workers[rank]?.phase != .joining else {
                // It waits at the door.
                ways[Way(from: peer, to: rank), default: []].insert(.hello, at: 0)
                return
            }
            guard workers[rank]?.lacks(peer) == true, workers[peer]?.lacks(rank) == true else {
                return
            }
            perform(workers[rank]?.linked(peer) ?? [], at: rank)
            perform(workers[peer]?.linked(rank) ?? [], at: peer)
        case .counts(let serial):
            guard workers[rank]?.connected.contains(peer) == true else { return }
            perform(workers[rank]?.counted(peer, serial: serial) ?? [], at: rank)
        case .chunk(let serial):
            guard workers[rank]?.connected.contains(peer) == true else { return }
            receive(serial, from: peer, at: rank)
        default: violations.append("rank \(rank) got \(message) from rank \(peer)")
        }
    }

    private mutating func receive(_ serial: Int, from peer: Rank, at rank: Rank) {
        switch workers[rank]?.admit(serial: serial) {
        case .take:
            if missing[rank]?.remove(peer) == nil {
                violations.append("a second chunk of \(serial) from rank \(peer) at rank \(rank)")
            }
            finishIfComplete(rank, serial)
        case .discard, nil: break
        case .refuse: violations.append("a chunk of \(serial) refused at rank \(rank)")
        }
    }

    private mutating func finishIfComplete(_ rank: Rank, _ serial: Int) {
        guard missing[rank]?.isEmpty == true else { return }
        perform(workers[rank]?.finished(serial: serial) ?? [], at: rank)
    }

    /// Over the connections that stand.
    private mutating func sendToPeers(_ message: Message, from rank: Rank) {
        for peer in workers[rank]?.connected.sorted() ?? [] {
            send(message, from: rank, to: peer)
        }
    }

    private mutating func perform(_ actions: [WorkerAction], at rank: Rank) {
        for action in actions {
            switch action {
            case .visit(let peers):
                for peer in peers { send(.hello, from: rank, to: peer) }
            case .drop(let peer):
                ways[Way(from: peer, to: rank)] = []
                ways[Way(from: rank, to: peer)] = []
            case .tellMeshReady: send(.meshReady, from: rank, to: nil)
            case .dropStep: missing[rank] = nil
            case .pack(let serial): sendToPeers(.counts(serial), from: rank)
            case .takeCounts, .keepCounts, .takeKept, .leave: break
            case .seal(let serial): send(.prepared(serial), from: rank, to: nil)
            case .load(let serial):
                missing[rank] = workers[rank]?.peers
                send(.ready(serial), from: rank, to: nil)
            case .begin(let serial):
                sendToPeers(.chunk(serial), from: rank)
                finishIfComplete(rank, serial)
            case .tellFinished(let serial): send(.finished(serial), from: rank, to: nil)
            case .verify(let serial): send(.stepDone(serial), from: rank, to: nil)
            case .tellAbandoned(let serial): send(.abandoned(serial), from: rank, to: nil)
            case .report(let reason): violations.append("rank \(rank): \(reason)")
            }
        }
    }
}
