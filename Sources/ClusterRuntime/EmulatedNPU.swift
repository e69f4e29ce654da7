// One rank that has a plan: the shell of WorkerMachine. It holds the bytes and the connections;
// when something happens it asks the machine what to do, and does that.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Statistics
import Wire

/// The emulated NPU of a worker.
final class EmulatedNPU {
    let rank: Rank
    let plan: WorkerPlan
    let ports: PortMap
    /// `nil` where only bare exchanges are run, and where routers learn.
    let routing: TokenRouting?
    let school: School
    let loop: Loop
    let timer: DeadlineTimer
    let tell: (ControlMessage) -> Void
    /// Connects to peers.
    private let visit: ([Rank]) -> Void
    /// Refusals at this worker's door, told with each step if there are new ones.
    let refusals: () -> RefusalLog
    var machine: WorkerMachine
    var links: [MeshLink?]
    var buffers: ExchangeBuffers
    /// Ports shared with other ranks, `nil` where there are none.
    let sharedPorts: SharedPorts?
    /// What the machine is about to act on.
    var order = StepOrder()
    /// The step whose counts are coming in, or are in while its program is not.
    var work: (any StepWork)?
    var player: StepPlayer?
    /// Announcements of peers that were told to prepare before this worker was.
    var keptCounts: [(serial: Int, peer: Rank, bytes: [UInt8])] = []
    var lastQuiet: QuietState?
    /// Chunks of the present step that were out of order, by peer.
    var oddities: [Rank: WayRecord] = [:]
    /// When the first chunk was touched in the present step, by peer, host nanoseconds.
    var touchedAt: [Rank: Int64] = [:]
    /// What faults of the plan do at this worker's door.
    var door = WoundedDoor()
    var reportedRefusals = 0
    /// How it waits for bytes on the bare engine, `nil` where links are shaped.
    let bareTurns: BareTurns?
    /// All messages of the present step are small.
    var mayTurn = false
    private var isClosed = false

    /// The messages that a step was ordered with.
    struct StepOrder {
        var prepare: Prepare?
        var program: RankProgram?
        var start: Start?
    }

    /// Opens the plan's tokens; `tell` speaks to the coordinator, `visit` connects to peers.
    ///
    /// `sharedMemory` is a descriptor of the memory of shared ports, `nil` if none was handed down.
    init(
        rank: Rank,
        plan: WorkerPlan,
        sharedMemory: Int32?,
        loop: Loop,
        timer: DeadlineTimer,
        refusals: @escaping () -> RefusalLog,
        visit: @escaping ([Rank]) -> Void,
        tell: @escaping (ControlMessage) -> Void
    ) throws {
        let layout = RankLayout(plan.plan)
        self.rank = rank
        self.plan = plan
        self.loop = loop
        self.timer = timer
        self.refusals = refusals
        self.visit = visit
        self.tell = tell
        machine = WorkerMachine(rank: rank)
        buffers = ExchangeBuffers(keepsSent: plan.resends != nil)
        ports =
            plan.unshaped
            ? .unshaped(layout: layout) : PortMap(layout: layout, links: plan.plan.links)
        sharedPorts = try Self.open(sharedMemory, ports)
        school = School(rank: rank, plan: plan)
        let routes = !plan.plan.routing.routers.isEmpty && plan.plan.training.corpus == nil
        routing = routes ? try TokenRouting(plan.plan) : nil
        links = Array(repeating: nil, count: plan.plan.world)
        bareTurns = plan.unshaped ? try BareTurns(on: loop) : nil
        bareTurns?.onTurn = { [unowned self] in pump() }
    }

    private static func open(_ descriptor: Int32?, _ ports: PortMap) throws -> SharedPorts? {
        guard let shape = SharedPorts.shape(of: ports) else { return nil }
        guard let descriptor else {
            throw StepProblem(description: "a plan with shared ports, but no memory for them")
        }
        let memory = try SharedMemory(descriptor: descriptor, byteCount: shape.byteCount)
        return SharedPorts(memory: memory, ports: ports, shape: shape)
    }

    func report(_ reason: String) { tell(.failure(reason: reason)) }

    // MARK: The mesh

    /// Begins to connect.
    func connect() {
        perform(
            machine.planned(
                world: plan.plan.world,
                excluded: Set(plan.excluded),
                isTolerant: plan.isTolerant
            )
        )
    }

    /// Takes a connection of the mesh.
    func add(_ link: MeshLink) {
        link.owner = self
        links[link.peer.index] = link
        perform(machine.linked(link.peer))
    }

    /// A connection has ended, or could not be made.
    func lost(_ peer: Rank, isCorrupt: Bool, _ reason: String) {
        guard !isClosed else { return }
        tell(.linkDown(LinkDown(peer: peer.index, isCorrupt: isCorrupt, reason: reason)))
    }

    /// A connection has ended by itself.
    func unlink(_ link: MeshLink, isCorrupt: Bool, _ reason: String) {
        guard !isClosed, links[link.peer.index] === link else { return }
        links[link.peer.index] = nil
        if machine.unlinked(link.peer) { lost(link.peer, isCorrupt: isCorrupt, reason) }
    }

    /// Makes the connections that are missing.
    func mend() { perform(machine.mend()) }

    /// Ends connections on which a frame of a step that was given up does not end.
    ///
    /// It keeps away what is behind it: the next step could not be prepared.
    func breakCutOffFrames() {
        let (serial, now) = (machine.abandonedUpTo, Loop.hostNanoseconds)
        for link in links.compactMap(\.self) where link.isCutOff(upTo: serial, at: now) {
            link.refuse("of a frame of a step that was given up nothing comes any more")
        }
    }

    /// Everything up to a serial is given up.
    func abandon(_ abandon: Abandon) {
        // What is still on its way out or in belongs to memory that no later step may touch.
        let isInUse = links.contains { $0?.isInTransit == true }
        if isInUse {
            for link in links { link?.keepUntilDone(buffers) }
            buffers = ExchangeBuffers(keepsSent: plan.resends != nil)
        }
        perform(
            machine.abandon(
                serial: abandon.serial,
                dropped: Set(abandon.dropped),
                excluded: Set(abandon.excluded)
            )
        )
    }

    /// Closes the mesh; nothing is reported any more.
    func close() {
        isClosed = true
        _ = machine.stop()
        // A step that is under way sends no more.
        tellWays()
        player?.work.giveUp()
        player = nil
        bareTurns?.close()
        timer.arm(at: nil)
        for link in links { link?.close() }
        links = links.map { _ in nil }
    }

    /// Who holds it up at the moment.
    var waiting: Waiting {
        guard let player else { return machine.waiting }
        guard let missing = player.machine.missing else { return Waiting() }
        return Waiting(
            stage: missing.stage,
            peers: missing.from.map(\.source),
            bytes: missing.from.map(\.bytes)
        )
    }

    // MARK: Acting

    func perform(_ actions: [WorkerAction], counts: UnsafeRawBufferPointer? = nil) {
        for action in actions {
            switch action {
            case .visit(let peers): visit(peers)
            case .drop(let peer):
                links[peer.index]?.close()
                links[peer.index] = nil
            case .tellMeshReady: tell(.meshReady(connections: machine.connected.count))
            case .dropStep: dropStep()
            case .pack: pack()
            case .takeCounts(let peer): if let counts { take(counts, from: peer) }
            case .keepCounts(let peer, let serial):
                if let counts { keptCounts.append((serial, peer, Array(counts))) }
            case .takeKept(let peer): takeKept(from: peer)
            case .seal(let serial): seal(serial)
            case .load(let serial): load(serial)
            case .begin: begin()
            case .tellFinished(let serial): tell(.finished(serial: serial))
            case .verify(let serial): verify(serial)
            case .tellAbandoned(let serial): tell(.abandoned(serial: serial))
            case .report(let reason): report(reason)
            case .leave: break
            }
        }
    }

    private func dropStep() {
        tellWays()
        player?.work.giveUp()
        player = nil
        bareTurns?.stop()
        work = nil
        lastQuiet = nil
        timer.arm(at: nil)
    }
}

extension WorkerPlan {
    /// The emulated length of a host duration.
    func emulated(_ nanoseconds: Int64) -> Interval {
        Interval(picoseconds: Int64(Double(nanoseconds) * 1000 / dilation))
    }
}
