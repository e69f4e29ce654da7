// The control plane's vocabulary as Swift values. What they mean stands in wire.proto; what may
// follow what is the business of Membership.

import ClusterModel
import Exchange
import Links

/// The version of everything on the wire; both sides must have the same.
public let protocolVersion = 10

/// A message between coordinator and worker, or a step of the handshake of any connection.
public enum ControlMessage: Sendable, Equatable {
    case challenge(Challenge)
    case hello(Hello)
    case welcome(Welcome)
    case plan(WorkerPlan)
    case meshReady(connections: Int)
    case prepare(Prepare)
    case prepared(Prepared)
    case program(serial: Int, RankProgram)
    case ready(serial: Int)
    case start(Start)
    case quiet(Quiet)
    /// `asksUpTo`: chunks that should have come are to be asked for before the answer, of stages up to
    /// this one.
    case confirm(serial: Int, round: Int, asksUpTo: Int? = nil)
    case confirmed(Confirmed)
    case jump(serial: Int, skipped: Interval)
    case finished(serial: Int)
    case check(serial: Int)
    case stepDone(StepDone)
    case failure(reason: String)
    case linkDown(LinkDown)
    case ways(serial: Int, RankWays)
    case hurt(Hurt)
    case reached(ReachedPoint)
    case abandon(Abandon)
    case abandoned(serial: Int)
    case mend(peerPorts: [Int])
    case strike(Strike)
    case struck(Struck)
    case ping(count: Int)
    case pong(Pong)
    case stop
    case bye(Bye)
}

/// Sent by who accepts a connection.
public struct Challenge: Sendable, Equatable {
    public var version: Int
    public var nonce: [UInt8]

    public init(version: Int = protocolVersion, nonce: [UInt8]) {
        self.version = version
        self.nonce = nonce
    }
}

/// The answer of who connects.
public struct Hello: Sendable, Equatable {
    public var version: Int
    public var rank: Int
    /// The worker's own listener; 0 on the mesh.
    public var listenPort: Int
    public var nonce: [UInt8]
    public var proof: [UInt8]

    public init(
        version: Int = protocolVersion,
        rank: Int,
        listenPort: Int,
        nonce: [UInt8],
        proof: [UInt8]
    ) {
        self.version = version
        self.rank = rank
        self.listenPort = listenPort
        self.nonce = nonce
        self.proof = proof
    }
}

/// The proof of who accepted.
public struct Welcome: Sendable, Equatable {
    public var proof: [UInt8]

    public init(proof: [UInt8]) { self.proof = proof }
}

/// What a worker needs to know of the run.
public struct WorkerPlan: Sendable, Equatable {
    public var plan: ClusterPlan
    /// No link model: the bare engine.
    public var unshaped: Bool
    /// Index = rank.
    public var peerPorts: [Int]
    public var dilation: Double
    /// How long before its departure a chunk may go to its socket, host time.
    public var windowNanoseconds: Int64
    /// How far a late host may catch up, host time.
    public var catchUpNanoseconds: Int64
    /// Files with what each router has learned, index = router; empty: they begin untrained.
    public var checkpoints: [String]
    /// Chunks of steps that are over are thrown away instead of refused.
    public var isTolerant = false
    /// Ranks that the run goes on without.
    public var excluded: [Rank] = []
    /// How often chunks that come damaged are asked for again; `nil`: never.
    public var resends: ResendLimits?

    public init(
        plan: ClusterPlan,
        unshaped: Bool,
        peerPorts: [Int],
        dilation: Double,
        windowNanoseconds: Int64,
        catchUpNanoseconds: Int64,
        checkpoints: [String] = []
    ) {
        self.checkpoints = checkpoints
        self.plan = plan
        self.unshaped = unshaped
        self.peerPorts = peerPorts
        self.dilation = dilation
        self.windowNanoseconds = windowNanoseconds
        self.catchUpNanoseconds = catchUpNanoseconds
    }
}

/// Asks a worker to route, pack and announce its counts for one step.
public struct Prepare: Sendable, Equatable {
    /// Counts (step, router) pairs through the run.
    public var serial: Int
    public var step: Int
    /// Index into the plan's routers, where tokens are routed.
    public var router: Int
    public var segment: StepSegment
    /// For a bare exchange: bytes to and from each rank; else empty.
    public var send: [Int]
    public var receive: [Int]
    /// What payload is stamped with: a step that is redone has another serial, and the same
    /// stamp, so that the same bytes travel.
    public var stamp: Int
    /// What faults of the plan do to the routing of this step.
    public var experts: [ExpertHurt]

    public init(
        serial: Int,
        step: Int,
        router: Int,
        segment: StepSegment = .routed,
        send: [Int] = [],
        receive: [Int] = [],
        stamp: Int? = nil,
        experts: [ExpertHurt] = []
    ) {
        self.stamp = stamp ?? serial
        self.experts = experts
        self.serial = serial
        self.step = step
        self.router = router
        self.segment = segment
        self.send = send
        self.receive = receive
    }
}

/// A worker is ready for the step.
public struct Prepared: Sendable, Equatable {
    public var serial: Int
    public var input: RankInput

    public init(serial: Int, input: RankInput) {
        self.serial = serial
        self.input = input
    }
}

/// Appoints a step.
public struct Start: Sendable, Equatable {
    public var serial: Int
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public var at: Int64
    /// Each rank that takes part has a core to itself, and may turn on it up to a deadline.
    public var polls: Bool

    public init(serial: Int, at: Int64, polls: Bool = false) {
        self.serial = serial
        self.at = at
        self.polls = polls
    }
}

/// A worker waits for nothing but its own modelled duration or others' bytes.
public struct Quiet: Sendable, Equatable {
    public var serial: Int
    public var wake: Instant?
    public var sent: Int
    public var received: Int

    public init(serial: Int, wake: Instant?, sent: Int, received: Int) {
        self.serial = serial
        self.wake = wake
        self.sent = sent
        self.received = received
    }
}

/// Whether a worker is still quiet, and with which counts.
public struct Confirmed: Sendable, Equatable {
    public var serial: Int
    public var round: Int
    public var quiet: Bool
    public var sent: Int
    public var received: Int

    public init(serial: Int, round: Int, quiet: Bool, sent: Int, received: Int) {
        self.serial = serial
        self.round = round
        self.quiet = quiet
        self.sent = sent
        self.received = received
    }
}

/// A worker has ended and checked its step.
public struct StepDone: Sendable, Equatable {
    public var serial: Int
    public var stageEnds: [Instant]
    /// Lateness by bin: pairs of bin and count, flattened.
    public var lateness: [Int]
    public var latenessMax: Interval
    /// How near a port came to its rate, 1 at most.
    public var rateShareMax: Double
    public var verifiedTokens: Int
    public var verifiedBytes: Int
    public var mismatches: Int
    public var firstMismatch: String
    /// CRC32C of what came back, dropped tokens' residual included.
    public var digest: UInt32
    /// What training gave; nil where nothing is trained.
    public var learned: RankLearned?
    public var refusals: [String]

    public init(
        serial: Int,
        stageEnds: [Instant],
        lateness: [Int],
        latenessMax: Interval,
        verifiedTokens: Int,
        verifiedBytes: Int,
        mismatches: Int,
        firstMismatch: String,
        digest: UInt32,
        rateShareMax: Double = 0,
        learned: RankLearned? = nil,
        refusals: [String]
    ) {
        self.learned = learned
        self.rateShareMax = rateShareMax
        self.serial = serial
        self.stageEnds = stageEnds
        self.lateness = lateness
        self.latenessMax = latenessMax
        self.verifiedTokens = verifiedTokens
        self.verifiedBytes = verifiedBytes
        self.mismatches = mismatches
        self.firstMismatch = firstMismatch
        self.digest = digest
        self.refusals = refusals
    }
}

/// A worker's connection to a peer is gone.
public struct LinkDown: Sendable, Equatable {
    public var peer: Int
    /// It brought bytes that are not what was sent.
    public var isCorrupt: Bool
    public var reason: String

    public init(peer: Int, isCorrupt: Bool, reason: String) {
        self.peer = peer
        self.isCorrupt = isCorrupt
        self.reason = reason
    }
}

/// What a fault of the plan does to a worker's own connections.
public struct Hurt: Sendable, Equatable {
    public var kind: ConnectionHurt
    public var peers: [Rank]
    /// It is over.
    public var heals: Bool

    public init(kind: ConnectionHurt, peers: [Rank], heals: Bool = false) {
        self.kind = kind
        self.peers = peers
        self.heals = heals
    }
}

/// Everything up to a serial is given up.
public struct Abandon: Sendable, Equatable {
    public var serial: Int
    /// Connections to close.
    public var dropped: [Rank]
    /// Ranks that the run goes on without.
    public var excluded: [Rank]

    public init(serial: Int, dropped: [Rank], excluded: [Rank]) {
        self.serial = serial
        self.dropped = dropped
        self.excluded = excluded
    }
}

/// A fault of the plan that a worker does to itself.
public struct Strike: Sendable, Equatable {
    /// Its number in the run.
    public var id: Int
    public var deed: Deed

    public enum Deed: Sendable, Equatable {
        /// Ends the process at once.
        case exit(code: Int)
        /// Takes descriptors until no more than `left` can be had.
        case holdDescriptors(left: Int)
        /// Gives back what it took.
        case letGo
    }

    public init(id: Int, deed: Deed) {
        self.id = id
        self.deed = deed
    }
}

/// What a worker met of a strike.
public struct Struck: Sendable, Equatable {
    public var id: Int
    /// A call that was refused: `EMFILE`; empty if none was.
    public var refusal: String

    public init(id: Int, refusal: String) {
        self.id = id
        self.refusal = refusal
    }
}

/// The answer to a ping, and what the worker waits for at that moment.
public struct Pong: Sendable, Equatable {
    public var count: Int
    /// The stage of its program of which bytes are missing; 0 outside an exchange.
    public var stage: Int
    /// Who owes it a connection, counts or bytes.
    public var waitsFor: [Rank]
    /// How many bytes, in the same order; empty where it is not about bytes.
    public var missingBytes: [Int]

    public init(count: Int, stage: Int = 0, waitsFor: [Rank] = [], missingBytes: [Int] = []) {
        self.count = count
        self.stage = stage
        self.waitsFor = waitsFor
        self.missingBytes = missingBytes
    }
}

/// A worker's last word.
public struct Bye: Sendable, Equatable {
    public var refusals: [String]
    /// Sockets and timers it failed to close.
    public var openHandles: Int

    public init(refusals: [String], openHandles: Int) {
        self.refusals = refusals
        self.openHandles = openHandles
    }
}
