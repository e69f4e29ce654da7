// A whole cluster in one process and in virtual time: the coordinator's machine, its recovery's and
// every worker's, with the control connections, the mesh and the faults between them. Machines are
// those that run on real processes; sockets, processes and the bytes of a step are modelled: a step
// is a few numbered chunks from everybody to everybody, there and back.

import ClusterModel
import Faults
import HeapModule
import Membership

/// What became of a simulated cluster.
public struct ClusterStory: Sendable, Equatable {
    /// Rules that were broken; empty for a run as it should be.
    public var violations: [String]
    public var stepsDone: Int
    /// Why the run was given up by policy, `nil` if every step was done.
    public var failure: RunFailure?
    public var measures: [RecoveryMeasure]
    /// Chunks that came damaged, or did not come, and were asked for again.
    public var resends: Int
    /// Ranks that were left out and came back.
    public var rejoined: Int
    /// Strikes of faults that took effect.
    public var applied: Int
    /// Those that were asked for: a fault with `every` strikes more than once.
    public var asked: Int
    /// Virtual nanoseconds.
    public var endedAt: Int64
    /// Connections for which somebody had no descriptor left.
    public var refusedConnections = 0
    /// Steps that the folder refused at first.
    public var refusedWrites = 0
    /// Choices of tokens that were turned elsewhere, or dropped, by faults of experts.
    public var movedTokens = 0
    /// Experts that were lost.
    public var lostExperts = 0
    /// Of what every rank got in every step that the folder has.
    public var state: UInt64 = 0
}

/// Plays one run of a cluster.
public struct ClusterSimulation {
    /// Chunks of a pair there and back.
    static let dispatch = 0..<2
    static let combine = 2..<4
    /// A fault that lasts until a step, and keeps that step from coming, is healed after this.
    static let healMax: Int64 = 3_000_000_000
    /// After the last fault and the last healing the run must be over within this.
    static let livenessMax: Int64 = 60_000_000_000
    static let lookEvery: Int64 = 50_000_000
    static let stepMax: Int64 = 2_000_000_000

    let ground: FaultGround
    let bug: PlantedBug?
    var random: SeededRandom
    var now: Int64 = 0
    private var order = 0
    private var queue = Heap<Scheduled>()
    var rules = ClusterRules()

    let policy: RecoveryPolicy
    var coordinator: CoordinatorMachine
    var recovery: RecoveryMachine
    var measures: [RecoveryMeasure] = []
    let resendLimits: ResendLimits?
    var resends = 0
    var excluded: Set<Rank> = []
    var rejoins: RejoinBook
    /// Who was left out and is about to come back.
    var rejoining: Set<Rank> = []
    /// How often somebody came back.
    var rejoined = 0
    var known: Set<Rank> = []
    var serial = -1
    var step = 0
    var nextPing: Int64 = 0
    var pings = 0
    var failure: RunFailure?
    var isOver = false
    /// Since when the coordinator is stopped, and what came meanwhile.
    var stoppedAt: Int64?
    var coordinatorBacklog: [Happening] = []
    /// It was killed, and nobody has started the run again yet.
    var isCoordinatorDead = false
    /// Whom the run that this one goes on with had left out.
    var leftOut: Set<Rank> = []
    /// What the ladder was used for.
    var taken: [EarlierMeasure] = []
    var folder = SimulatedFolder()
    let tokens: SimulatedTokens
    /// What ranks got in the step under way.
    var results: [Rank: TokenSum] = [:]
    var refusedConnections = 0
    var refusedWrites = 0
    var movedTokens = 0

    var processes: [SimulatedProcess]
    var connections = 0
    /// When the last message of each way arrives: the next one is not earlier.
    var lastArrival: [Int64]
    /// What waits behind a cut link, in the order it was sent in.
    var held: [Happening] = []
    /// Ways of connections that nothing comes through, by the fault that shut them.
    var swallowed: [Int: Set<ConnectionWay>] = [:]

    var faults: FaultDesk

    /// `faults.seed` is the seed of everything.
    public init(
        ground: FaultGround,
        faults: FaultPlan,
        bug: PlantedBug? = nil
    ) {
        self.ground = ground
        self.bug = bug
        let world = ground.world
        random = SeededRandom(seed: faults.seed, 0xC4A05)
        policy = faults.recovery
        resendLimits = policy.resends
        coordinator = Self.coordinator(policy, world: world, at: 0)
        rejoins = RejoinBook(policy)
        recovery = Self.recovery(policy, world: world)
        tokens = SimulatedTokens(ground, seed: faults.seed)
        processes = (0..<world).map { SimulatedProcess(rank: Rank($0), incarnation: -1) }
        lastArrival = Array(repeating: 0, count: (world + 1) * (world + 1))
        self.faults = FaultDesk(events: faults.events(on: ground), world: world)
    }

    static func coordinator(_ policy: RecoveryPolicy, world: Int, at now: Int64)
        -> CoordinatorMachine
    {
        CoordinatorMachine(
            world: world,
            bounds: bounds.watchful(for: policy),
            resends: policy.resends,
            at: now
        )
    }

    static func recovery(
        _ policy: RecoveryPolicy,
        used: [RecoveryMeasure: Int] = [:],
        world: Int
    ) -> RecoveryMachine {
        RecoveryMachine(policy, used: used) { $0.count < world }
    }

    /// Shorter than those of a host, which may be busy.
    static let bounds = CoordinatorBounds(
        join: 4_000_000_000,
        mesh: 2_000_000_000,
        prepare: 2_000_000_000,
        leave: 1_000_000_000,
        silence: 1_000_000_000
    )

    /// Plays to the end, or to the first broken rule.
    public mutating func play() -> ClusterStory {
        reach(.launch)
        for index in processes.indices { start(Rank(index)) }
        schedule(.look, after: Self.lookEvery)
        while !isOver, rules.violations.isEmpty, let next = queue.popMin() {
            now = next.at
            happen(next.happening)
            if now > faults.lastChangeAt + Self.livenessMax {
                let seconds = Self.livenessMax / 1_000_000_000
                rules.violate(
                    "\(coordinator.phaseName) \(seconds) s after the last fault: a stall"
                )
            }
        }
        if isOver { conclude() }
        return ClusterStory(
            violations: rules.violations,
            stepsDone: step,
            failure: failure,
            measures: measures,
            resends: resends,
            rejoined: rejoined,
            applied: faults.applied.count,
            asked: faults.events.count,
            endedAt: now,
            refusedConnections: refusedConnections,
            refusedWrites: refusedWrites,
            movedTokens: movedTokens,
            lostExperts: faults.lostExperts,
            state: folder.digest
        )
    }

    // MARK: Time

    mutating func schedule(_ happening: Happening, after delay: Int64) {
        schedule(happening, at: now + delay)
    }

    /// Nothing is to come but looks at bounds and what faults do.
    var onlyLooks: Bool {
        queue.unordered.allSatisfy {
            switch $0.happening {
            case .look, .strike, .heal: true
            default: false
            }
        }
    }

    mutating func schedule(_ happening: Happening, at time: Int64) {
        order += 1
        queue.insert(Scheduled(at: time, order: order, happening: happening))
    }

    /// Whole nanoseconds of a range, drawn.
    mutating func drawn(_ range: Range<Int>) -> Int64 {
        Int64(range.lowerBound + random.next(below: range.count))
    }

    /// When something sent now along a way arrives: not before what was sent earlier.
    mutating func arrival(_ from: Rank?, _ to: Rank?, added: Int64 = 0) -> Int64 {
        let world = ground.world
        let way = (from?.index ?? world) * (world + 1) + (to?.index ?? world)
        let time = max(now + drawn(5_000..<400_000) + added, lastArrival[way])
        lastArrival[way] = time
        return time
    }

    // MARK: What happens

    mutating func happen(_ happening: Happening) {
        switch happening {
        case .strike(let event): strike(event)
        case .heal(let event): heal(event)
        case .resumed: resume()
        case .orphaned(let rank, let incarnation): orphaned(rank, incarnation)
        case .joined(let rank, let incarnation): joined(rank, incarnation)
        case .toCoordinator, .exitHeard, .controlEndHeard, .look: atCoordinator(happening)
        case .toWorker(_, let rank, let incarnation), .computed(let rank, let incarnation, _),
            .turnedAway(let rank, _, let incarnation, _):
            guard processes[rank.index].incarnation == incarnation else { return }
            atWorker(happening, rank)
        case .overMesh(_, _, let rank, _), .linkEnded(let rank, _, _):
            atWorker(happening, rank)
        }
    }

    /// Who is stopped finds it all later, who is dead never.
    private mutating func atCoordinator(_ happening: Happening) {
        guard !isCoordinatorDead else {
            if case .look = happening { schedule(.look, after: Self.lookEvery) }
            return
        }
        guard stoppedAt == nil else {
            if case .look = happening { return schedule(.look, after: Self.lookEvery) }
            coordinatorBacklog.append(happening)
            return
        }
        switch happening {
        case .look: look()
        case .toCoordinator(let word, let rank, let incarnation):
            guard isPresent(rank, incarnation) else { return }
            heard(word, from: rank)
        case .exitHeard(let rank, let incarnation):
            guard isPresent(rank, incarnation) else { return }
            act(coordinator.exited(rank, how: "was killed", at: now))
        case .controlEndHeard(let rank, let incarnation):
            guard isPresent(rank, incarnation), !isLeaving else { return }
            recover(.connectionLost(rank, phase: coordinator.phaseName))
        default: break
        }
    }

    private func isPresent(_ rank: Rank, _ incarnation: Int) -> Bool {
        processes[rank.index].incarnation == incarnation && coordinator.members.contains(rank)
    }

    private mutating func atWorker(_ happening: Happening, _ rank: Rank) {
        guard processes[rank.index].isAlive else { return missed(happening) }
        guard !processes[rank.index].isPaused else {
            processes[rank.index].backlog.append(happening)
            return
        }
        switch happening {
        case .toWorker(let word, _, _): told(word, at: rank)
        case .computed(_, _, let serial): computed(serial, at: rank)
        case .turnedAway(_, let peer, _, let connection):
            turnedAway(from: peer, at: rank, connection)
        case .overMesh(let word, let peer, _, let connection):
            met(word, from: peer, at: rank, connection)
        case .linkEnded(_, let peer, let connection):
            processes[rank.index].sockets.remove(connection)
            guard processes[rank.index].links[peer] == connection else { return }
            unlink(peer, at: rank, isCorrupt: false)
        default: break
        }
    }

    /// Nobody is there: a visitor hears so.
    private mutating func missed(_ happening: Happening) {
        guard case .overMesh(.hello, let visitor, let rank, let connection) = happening else {
            return
        }
        turnAway(visitor, from: rank, connection)
    }
}

/// One way of one connection.
struct ConnectionWay: Hashable, Sendable, Comparable {
    var connection: Int
    var from: Rank
    var to: Rank

    static func < (a: ConnectionWay, b: ConnectionWay) -> Bool {
        (a.connection, a.from, a.to) < (b.connection, b.from, b.to)
    }
}
