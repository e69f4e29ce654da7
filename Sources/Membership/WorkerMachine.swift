// A worker's view of the run: which step it is in, who is connected, whose counts it still waits
// for, and what was given up. Owns no socket, process, clock or byte; whoever plays it, on a host
// or in virtual time, performs its actions in order.

import ClusterModel

/// What a worker does in which phase.
public struct WorkerMachine: Sendable {
    enum Phase: Sendable, Equatable {
        /// It knows the coordinator, and no plan.
        case joining
        /// Connections to peers are missing, and it owes a word when they are not any more.
        case meshing
        case idle
        /// It has packed and waits for others' counts.
        case preparing(serial: Int)
        /// It has said what goes into the step and waits for the program.
        case prepared(serial: Int)
        /// It has the program and waits for the appointment.
        case loaded(serial: Int)
        case running(serial: Int)
        /// Its part is over; others may still play.
        case finished(serial: Int)
        case leaving
    }

    public let rank: Rank
    /// Whether chunks of a step that is over are thrown away instead of refused.
    public private(set) var isTolerant = false
    var phase = Phase.joining
    public private(set) var peers: Set<Rank> = []
    /// Ranks that the run goes on without.
    public private(set) var excluded: Set<Rank> = []
    public private(set) var connected: Set<Rank> = []
    private var hasToldOfLoss = false
    private var unannounced: Set<Rank> = []
    /// Who announced counts of a step before this worker was told to prepare it.
    private var early: [(serial: Int, peer: Rank)] = []
    /// Everything up to this serial is given up.
    public private(set) var abandonedUpTo = -1
    private var lastSerial = -1
    /// All ranks but this one, whether the run goes on without them or not.
    private var others: Set<Rank> = []

    public init(rank: Rank) { self.rank = rank }

    // MARK: The mesh

    /// The plan has come: all ranks but those excluded are to be connected.
    ///
    /// A tolerant worker throws chunks of earlier steps away instead of refusing them.
    public mutating func planned(
        world: Int,
        excluded: Set<Rank> = [],
        isTolerant: Bool = false
    ) -> [WorkerAction] {
        guard phase == .joining else { return [.report("a second plan")] }
        self.isTolerant = isTolerant
        self.excluded = excluded
        others = Set((0..<world).map(Rank.init)).subtracting([rank])
        peers = others.subtracting(excluded)
        return mend()
    }

    /// Whether a connection to this peer is still missing.
    public func lacks(_ peer: Rank) -> Bool {
        phase != .joining && peers.contains(peer) && !connected.contains(peer)
    }

    public var isMeshed: Bool { phase != .joining && connected == peers }

    /// Makes what is missing of the mesh: the higher of two ranks connects.
    public mutating func mend() -> [WorkerAction] {
        phase = .meshing
        let lower = peers.filter { $0 < rank && !connected.contains($0) }.sorted()
        return (lower.isEmpty ? [] : [.visit(lower)]) + meshReadyIfMeshed()
    }

    public mutating func linked(_ peer: Rank) -> [WorkerAction] {
        connected.insert(peer)
        return meshReadyIfMeshed()
    }

    private mutating func meshReadyIfMeshed() -> [WorkerAction] {
        guard phase == .meshing, isMeshed else { return [] }
        phase = .idle
        return [.tellMeshReady]
    }

    /// A connection has ended; whether the coordinator needs to hear of it.
    public mutating func unlinked(_ peer: Rank) -> Bool {
        guard phase != .leaving else { return false }
        guard connected.remove(peer) != nil else { return false }
        hasToldOfLoss = true
        return true
    }

    /// What it waits for outside of exchanges; who plays one knows which bytes are missing.
    public var waiting: Waiting {
        switch phase {
        case .meshing: Waiting(peers: peers.subtracting(connected).sorted())
        case .preparing: Waiting(peers: unannounced.sorted())
        case .joining, .idle, .prepared, .loaded, .running, .finished, .leaving: Waiting()
        }
    }

    // MARK: A step

    public mutating func prepare(serial: Int) -> [WorkerAction] {
        guard isMeshed else {
            // The coordinator could not know yet; it has been told what is missing.
            return hasToldOfLoss ? [] : [.report("told to prepare without a mesh")]
        }
        guard serial > abandonedUpTo else { return [] }
        lastSerial = serial
        phase = .preparing(serial: serial)
        unannounced = peers
        var actions: [WorkerAction] = [.dropStep, .pack(serial: serial)]
        for (_, peer) in early.filter({ $0.serial == serial }) {
            actions.append(.takeKept(peer))
            unannounced.remove(peer)
        }
        early.removeAll()
        return actions + sealIfAnnounced(serial)
    }

    /// A peer has announced its counts.
    public mutating func counted(_ peer: Rank, serial: Int) -> [WorkerAction] {
        guard serial > abandonedUpTo, !isTolerant || serial >= lastSerial else { return [] }
        guard phase == .preparing(serial: serial), unannounced.remove(peer) != nil else {
            early.append((serial, peer))
            return [.keepCounts(peer, serial: serial)]
        }
        return [.takeCounts(peer)] + sealIfAnnounced(serial)
    }

    private mutating func sealIfAnnounced(_ serial: Int) -> [WorkerAction] {
        guard unannounced.isEmpty else { return [] }
        phase = .prepared(serial: serial)
        return [.seal(serial: serial)]
    }

    public mutating func program(serial: Int) -> [WorkerAction] {
        guard serial > abandonedUpTo else { return [] }
        guard phase == .prepared(serial: serial) else {
            return [.report("a program for step \(serial), which it has not prepared")]
        }
        phase = .loaded(serial: serial)
        return [.load(serial: serial)]
    }

    public mutating func start(serial: Int) -> [WorkerAction] {
        guard serial > abandonedUpTo else { return [] }
        guard phase == .loaded(serial: serial) else {
            return [.report("appointed to a step it has not prepared")]
        }
        phase = .running(serial: serial)
        return [.begin(serial: serial)]
    }

    /// Everything that this rank sends and receives in the step is through.
    public mutating func finished(serial: Int) -> [WorkerAction] {
        guard phase == .running(serial: serial) else { return [] }
        phase = .finished(serial: serial)
        return [.tellFinished(serial: serial)]
    }

    public mutating func check(serial: Int) -> [WorkerAction] {
        guard serial > abandonedUpTo else { return [] }
        guard phase == .finished(serial: serial) else {
            return [.report("told to check a step it has not finished")]
        }
        phase = .idle
        return [.verify(serial: serial)]
    }

    /// Whether a chunk may come now.
    public func admit(serial: Int) -> ChunkAdmission {
        switch phase {
        case .loaded(serial), .running(serial), .finished(serial): return .take
        default: break
        }
        let isOver = serial < lastSerial || phase == .idle && serial == lastSerial
        return serial <= abandonedUpTo || isTolerant && isOver ? .discard : .refuse
    }

    // MARK: Giving up and leaving

    /// A step and all before it are given up; connections to `dropped` are worth nothing, and
    /// `excluded` are no peers any more, all others are, those that were excluded before, too.
    public mutating func abandon(
        serial: Int,
        dropped: Set<Rank>,
        excluded: Set<Rank>
    ) -> [WorkerAction] {
        guard phase != .leaving else { return [] }
        abandonedUpTo = max(abandonedUpTo, serial)
        early.removeAll { $0.serial <= abandonedUpTo }
        let gone = connected.intersection(dropped.union(excluded)).sorted()
        connected.subtract(gone)
        peers = others.subtracting(excluded)
        self.excluded = excluded
        hasToldOfLoss = false
        if phase != .joining { phase = .idle }
        return [.dropStep] + gone.map(WorkerAction.drop) + [.tellAbandoned(serial: serial)]
    }

    public mutating func stop() -> [WorkerAction] {
        phase = .leaving
        return [.leave]
    }
}
