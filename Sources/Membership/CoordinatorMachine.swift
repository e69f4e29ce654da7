// The coordinator's view of its workers: who has done what the present phase asks of everybody,
// and until when the rest may take. Owns no socket, process or clock.

import ClusterModel

/// What the coordinator does next.
public enum CoordinatorAction: Sendable, Equatable {
    case wait
    /// All workers have joined: send each the plan.
    case sendPlan
    /// The mesh stands.
    case meshReady
    /// Every rank has prepared: make the programs of the step.
    case compile(serial: Int)
    /// Every rank has its program: appoint the step.
    case appoint(serial: Int)
    /// Every rank has ended the step: let them check.
    case check(serial: Int)
    /// Every rank has checked the step.
    case stepDone(serial: Int)
    /// Every worker has said goodbye or is gone.
    case allGone
    case fail(RunFailure)
}

/// Bounds of the coordinator's waits, in host nanoseconds.
public struct CoordinatorBounds: Sendable, Equatable {
    public var join: Int64
    public var mesh: Int64
    public var prepare: Int64
    /// Of goodbye, after which workers are killed.
    public var leave: Int64
    /// A worker that has said nothing for so long, though pinged or just started, hangs.
    public var silence: Int64

    public init(join: Int64, mesh: Int64, prepare: Int64, leave: Int64, silence: Int64) {
        self.join = join
        self.mesh = mesh
        self.prepare = prepare
        self.leave = leave
        self.silence = silence
    }

    /// 20 s for the phases, 2 s for goodbye, 5 s of silence.
    public static let standard = CoordinatorBounds(
        join: 20_000_000_000,
        mesh: 20_000_000_000,
        prepare: 20_000_000_000,
        leave: 2_000_000_000,
        silence: 5_000_000_000
    )
}

/// Who has done what in the present phase.
public struct CoordinatorMachine: Sendable {
    private enum Phase: Sendable, Equatable {
        /// Workers were started and connect.
        case joining
        /// They have the plan and connect to each other.
        case meshing
        /// Nothing is asked of anybody.
        case idle
        /// They route, pack and announce counts.
        case preparing(serial: Int)
        /// They have their programs and make room for what they relay.
        case loading(serial: Int)
        /// The step is appointed or under way.
        case running(serial: Int)
        /// The clock has stopped; they compare every byte.
        case checking(serial: Int)
        /// They were told to stop.
        case leaving
        /// Over, one way or the other.
        case ended
    }

    private let world: Int
    private let bounds: CoordinatorBounds
    private var phase = Phase.joining
    private var awaited: Set<Rank>
    private var since: Int64
    private var deadline: Int64
    private var lastHeard: [Int64]
    /// When the launch ended or a worker joined last: a busy host brings them up one by one.
    private var lastArrival: Int64
    private var work: Int64 = 0

    public init(world: Int, bounds: CoordinatorBounds, at now: Int64) {
        self.world = world
        self.bounds = bounds
        awaited = Set((0..<world).map(Rank.init))
        since = now
        deadline = now + bounds.join
        lastArrival = now
        lastHeard = Array(repeating: now, count: world)
    }

    /// What the cluster is doing, for messages.
    public var phaseName: String {
        switch phase {
        case .joining: "joining"
        case .meshing: "connecting to its peers"
        case .idle: "idle"
        case .preparing(let serial): "preparing exchange \(serial)"
        case .loading(let serial): "loading the program of exchange \(serial)"
        case .running(let serial): "running exchange \(serial)"
        case .checking(let serial): "checking exchange \(serial)"
        case .leaving: "stopping"
        case .ended: "gone"
        }
    }

    /// Whether a connection may still claim this rank.
    public func mayJoin(_ rank: Rank) -> Bool {
        phase == .joining && awaited.contains(rank)
    }

    /// Every worker's process was started; from here on their silence counts.
    public mutating func launched(at now: Int64) { lastArrival = max(lastArrival, now) }

    public mutating func joined(_ rank: Rank, at now: Int64) -> CoordinatorAction {
        guard mayJoin(rank) else { return .fail(.protocolViolation(rank, "a second Hello")) }
        lastArrival = now
        return tick(off: rank, at: now) { machine in
            machine.enter(.meshing, bound: machine.bounds.mesh, at: now)
            return .sendPlan
        }
    }

    public mutating func meshReady(_ rank: Rank, at now: Int64) -> CoordinatorAction {
        guard phase == .meshing else { return violation(rank, "MeshReady") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .meshReady
        }
    }

    /// Asks every rank to prepare a step.
    ///
    /// `work` is how long a worker may be too busy with the step's bytes to answer a ping: it
    /// lengthens the bounds of silence, of preparing and of checking.
    public mutating func prepare(serial: Int, work: Int64 = 0, at now: Int64) {
        invariant(phase == .idle, "prepare while \(phaseName)")
        // Nobody listened between steps: silence counts from here.
        for rank in lastHeard.indices { lastHeard[rank] = max(lastHeard[rank], now) }
        self.work = work
        enter(.preparing(serial: serial), bound: bounds.prepare + work, at: now)
    }

    public mutating func prepared(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard phase == .preparing(serial: serial) else { return violation(rank, "Prepared") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .compile(serial: serial)
        }
    }

    /// Programs were sent; making them may have taken a while, in which nobody listened.
    public mutating func loading(serial: Int, at now: Int64) {
        invariant(phase == .idle, "loading while \(phaseName)")
        for rank in lastHeard.indices { lastHeard[rank] = max(lastHeard[rank], now) }
        enter(.loading(serial: serial), bound: bounds.prepare + work, at: now)
    }

    public mutating func ready(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard phase == .loading(serial: serial) else { return violation(rank, "Ready") }
        return tick(off: rank, at: now) { _ in .appoint(serial: serial) }
    }

    /// The step was appointed; it must have ended everywhere within `bound`.
    public mutating func appointed(serial: Int, bound: Int64, at now: Int64) {
        enter(.running(serial: serial), bound: bound, at: now)
    }

    public mutating func finished(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard phase == .running(serial: serial) else { return violation(rank, "Finished") }
        return tick(off: rank, at: now) { machine in
            let bound = machine.bounds.prepare + machine.work
            machine.enter(.checking(serial: serial), bound: bound, at: now)
            return .check(serial: serial)
        }
    }

    public mutating func stepDone(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard phase == .checking(serial: serial) else { return violation(rank, "StepDone") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .stepDone(serial: serial)
        }
    }

    /// Tells every worker that is there to stop.
    public mutating func leave(running: Set<Rank>, at now: Int64) -> CoordinatorAction {
        guard phase != .leaving, phase != .ended else { return .wait }
        enter(.leaving, bound: bounds.leave, at: now)
        awaited = running
        return awaited.isEmpty ? end() : .wait
    }

    /// A worker's process ended.
    public mutating func exited(_ rank: Rank, how: String, at now: Int64) -> CoordinatorAction {
        switch phase {
        case .leaving:
            awaited.remove(rank)
            return awaited.isEmpty ? end() : .wait
        case .ended:
            return .wait
        case .joining, .meshing, .idle, .preparing, .loading, .running, .checking:
            return .fail(.workerEnded(rank, how: how, phase: phaseName))
        }
    }

    /// Anything a worker says shows that it lives.
    public mutating func heard(from rank: Rank, at now: Int64) { lastHeard[rank.index] = now }

    /// The coordinator itself was stopped or busy for so long: no wait is charged with that.
    public mutating func wasAway(for nanoseconds: Int64) {
        for index in lastHeard.indices { lastHeard[index] += nanoseconds }
        lastArrival += nanoseconds
        deadline += nanoseconds
    }

    /// Looks at the bounds.
    public mutating func tick(at now: Int64) -> CoordinatorAction {
        switch phase {
        case .idle, .ended:
            return .wait
        case .leaving:
            return now >= deadline ? end() : .wait
        case .joining, .meshing, .preparing, .loading, .running, .checking:
            if let silent = silentRank(at: now) {
                let milliseconds = Int((now - lastHeard[silent.index]) / 1_000_000)
                return .fail(.silent(silent, milliseconds: milliseconds, phase: phaseName))
            }
            guard now >= deadline || hasStalled(at: now) else { return .wait }
            return .fail(
                .timedOut(
                    phase: phaseName,
                    milliseconds: Int((now - since) / 1_000_000),
                    missing: awaited.sorted()
                )
            )
        }
    }

    // MARK: Inside

    /// Who has joined and answers no ping.
    private func silentRank(at now: Int64) -> Rank? {
        lastHeard.indices.lazy.map(Rank.init).first {
            !(phase == .joining && awaited.contains($0))
                && now - lastHeard[$0.index] >= bounds.silence + work
        }
    }

    /// Nobody has joined for as long as a worker may be silent: those missing hang.
    private func hasStalled(at now: Int64) -> Bool {
        phase == .joining && now - lastArrival >= bounds.silence
    }

    private mutating func enter(_ phase: Phase, bound: Int64, at now: Int64) {
        self.phase = phase
        awaited = Set((0..<world).map(Rank.init))
        since = now
        deadline = now + bound
    }

    private mutating func tick(
        off rank: Rank,
        at now: Int64,
        whenAll: (inout Self) -> CoordinatorAction
    ) -> CoordinatorAction {
        heard(from: rank, at: now)
        guard awaited.remove(rank) != nil else {
            return .fail(.protocolViolation(rank, "the same answer twice while \(phaseName)"))
        }
        return awaited.isEmpty ? whenAll(&self) : .wait
    }

    private func violation(_ rank: Rank, _ what: String) -> CoordinatorAction {
        .fail(.protocolViolation(rank, "\(what) while \(phaseName)"))
    }

    private mutating func end() -> CoordinatorAction {
        phase = .ended
        return .allGone
    }
}
