// One emulated NPU: joins the coordinator, opens the mesh, and plays the steps it is told to.

import ClusterModel
import EventLoop
import Exchange
import Glibc
import Links
import Membership
import Statistics
import Wire

/// The process that is one NPU.
public final class Worker {
    private let rank: Rank
    private let secret: RunSecret
    private let loop: Loop
    private let timer: WorkerTimer
    private var listener: Listener?
    private var doorkeeper: Doorkeeper?
    private var sweeper: RepeatingTimer?
    private var control: ControlChannel?
    private var mesh: MeshBuilder?
    /// Connections that came before the plan.
    private var early: [Connection] = []
    /// Where each rank listens, as far as the coordinator has said.
    private var peerPorts: [Int] = []
    /// Set once the plan has come.
    private var npu: EmulatedNPU?
    private let descriptors = DescriptorHold()
    private var failure: String?
    /// Why it has a plan and does not follow it.
    private var refusal: String?
    private var isLeaving = false
    /// Memory of shared ports, a descriptor.
    private let sharedMemory: Int32?

    /// `sharedMemory` is a descriptor that the coordinator handed down, if it has shared ports.
    public init(rank: Rank, secret: RunSecret, sharedMemory: Int32? = nil) throws {
        self.sharedMemory = sharedMemory
        self.rank = rank
        self.secret = secret
        loop = try Loop()
        timer = try WorkerTimer(on: loop)
    }

    /// Joins the coordinator and works until it is told to stop.
    ///
    /// - Returns: what went wrong, `nil` after a run in good order.
    public func run(coordinator: SocketAddress) -> String? {
        do {
            try open(coordinator)
        } catch {
            closeAll()
            loop.run()
            return "\(error)"
        }
        loop.run()
        closeAll()
        loop.run()
        return failure
    }

    // MARK: Joining

    private func open(_ coordinator: SocketAddress) throws(LoopError) {
        timer.onFire = { [unowned self] in self.npu?.pump() }
        let doorkeeper = Doorkeeper(
            secret: secret,
            purpose: .mesh,
            answer: .meshWelcome,
            mayEnter: { [unowned self] in self.mayEnter($0) },
            isDeaf: { [unowned self] in self.npu?.door.hanging.contains($0) == true },
            onEnter: { [unowned self] peer, _, channel in self.mesh?.adopt(channel, peer: peer) }
        )
        self.doorkeeper = doorkeeper
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { [unowned self] in
            self.knock($0)
        }
        listener.onTrouble = { [unowned self] in self.doorkeeper?.missed($0) }
        self.listener = listener
        sweeper = try RepeatingTimer(on: loop, everyMilliseconds: 250) { [unowned self] in
            self.sweep()
        }
        let visitor = Visitor(
            secret: secret,
            purpose: .join,
            answer: .welcome,
            rank: rank,
            listenPort: listener.port
        ) { [unowned self] result in
            switch result {
            case .success(let channel): self.joined(channel)
            case .failure(let failure):
                self.end("cannot join the coordinator at \(coordinator): \(failure)")
            }
        }
        try visitor.visit(coordinator, on: loop)
    }

    /// A peer that got its plan sooner waits at the door until there is one here: only then is
    /// known who may come in.
    private func knock(_ connection: Connection) {
        guard npu == nil else {
            doorkeeper?.knock(connection)
            return
        }
        early.append(connection)
        if early.count > Doorkeeper.pendingMax { doorkeeper?.knock(early.removeFirst()) }
    }

    private func joined(_ channel: ControlChannel) {
        control = channel
        channel.onMessage = { [unowned self] in self.heard($0) }
        // Whatever ended the coordinator ends this worker: no orphans.
        channel.onEnd = { [unowned self] in self.end("lost the coordinator: \($0)") }
    }

    private func mayEnter(_ peer: Rank) -> Bool {
        peer > rank && npu?.machine.lacks(peer) == true
            && npu?.door.refused.contains(peer) == false
    }

    /// Ends the loop; `run` cleans up.
    private func end(_ failure: String?) {
        self.failure = self.failure ?? failure
        loop.stop()
    }

    /// Tells the coordinator what is wrong; it decides.
    private func report(_ reason: String) { control?.send(.failure(reason: reason)) }

    private func closeAll() {
        isLeaving = true
        mesh?.close()
        closeEarly()
        doorkeeper?.close()
        listener?.close()
        sweeper?.close()
        timer.close()
        npu?.close()
        control?.close()
    }

    private func closeEarly() {
        for connection in early { connection.close() }
        early = []
    }

    private func sweep() {
        doorkeeper?.sweep()
        mesh?.sweep()
    }

    // MARK: Messages

    private func heard(_ message: ControlMessage) {
        switch message {
        case .plan(let plan): accept(plan)
        case .prepare(let prepare): npu?.prepare(prepare)
        case .program(let serial, let program): npu?.load(serial: serial, program)
        case .start(let start): npu?.begin(start)
        case .confirm(let serial, let round, let stage):
            npu?.confirm(serial: serial, round: round, asksUpTo: stage)
        case .jump(let serial, let skipped): npu?.jump(serial: serial, skipped)
        case .check(let serial): npu?.check(serial: serial)
        case .ping(let count):
            npu?.breakCutOffFrames()
            let waiting = npu?.waiting ?? Waiting()
            let pong = Pong(
                count: count,
                stage: waiting.stage,
                waitsFor: waiting.peers,
                missingBytes: waiting.bytes
            )
            control?.send(.pong(pong))
        case .abandon(let abandon): give(up: abandon)
        case .mend(let ports): mend(ports)
        case .hurt(let hurt): npu?.hurt(hurt)
        case .strike(let strike): suffer(strike)
        case .stop: leave()
        case .challenge, .hello, .welcome, .meshReady, .prepared, .ready, .quiet, .confirmed,
            .finished, .stepDone, .failure, .linkDown, .ways, .reached, .abandoned, .struck, .pong,
            .bye:
            end("the coordinator sent a message that only workers send")
        }
    }

    private func leave() {
        isLeaving = true
        mesh?.close()
        closeEarly()
        let isMeshed = npu?.machine.isMeshed == true
        npu?.close()
        listener?.close()
        doorkeeper?.close(counting: isMeshed)
        let refusals = doorkeeper?.refusals.lines ?? []
        // What should be open now: the sweeper, the timer and its turns, the control connection.
        let openHandles = max(0, loop.openHandles - 4)
        control?.send(.bye(Bye(refusals: refusals, openHandles: openHandles)))
        control?.onEnd = { [unowned self] _ in self.end(nil) }
    }

    /// A fault of the plan that this worker does to itself.
    private func suffer(_ strike: Strike) {
        switch strike.deed {
        case .exit(let code): _exit(Int32(code))
        case .holdDescriptors(let left):
            let refusal = descriptors.take(leaving: left)
            control?.send(.struck(Struck(id: strike.id, refusal: refusal)))
        case .letGo: descriptors.letGo()
        }
    }

    // MARK: The mesh

    private func accept(_ plan: WorkerPlan) {
        guard npu == nil, plan.peerPorts.count == plan.plan.world, rank.index < plan.plan.world
        else {
            refuse("a plan for \(plan.peerPorts.count) workers in a world of \(plan.plan.world)")
            return
        }
        do {
            npu = try EmulatedNPU(
                rank: rank,
                plan: plan,
                sharedMemory: sharedMemory,
                loop: loop,
                timer: timer.timer,
                refusals: { [unowned self] in self.doorkeeper?.refusals ?? RefusalLog() },
                visit: { [unowned self] in self.visit($0) },
                tell: { [unowned self] in self.control?.send($0) }
            )
        } catch {
            refuse("\(error)")
            return
        }
        peerPorts = plan.peerPorts
        mesh = MeshBuilder(
            rank: rank,
            secret: secret,
            loop: loop,
            world: plan.plan.world,
            proof: plan.unshaped ? .comparison : .checksum,
            onLink: { [unowned self] in self.npu?.add($0) },
            onFailure: { [unowned self] in self.npu?.lost($0, isCorrupt: false, $1) },
            onTrouble: { [unowned self] in self.report($0) }
        )
        npu?.connect()
        for connection in early { doorkeeper?.knock(connection) }
        early = []
    }

    private func refuse(_ reason: String) {
        refusal = reason
        report(reason)
    }

    private func visit(_ peers: [Rank]) {
        mesh?.connect(to: peers, ports: peerPorts, host: "127.0.0.1")
    }

    private func give(up abandon: Abandon) {
        // Visits to who is gone lead nowhere.
        mesh?.close()
        guard let npu else {
            control?.send(.abandoned(serial: abandon.serial))
            return
        }
        npu.abandon(abandon)
    }

    private func mend(_ ports: [Int]) {
        // Another failure came in between, and the refusal was not heard: it still holds.
        if let refusal { return report(refusal) }
        guard ports.count == peerPorts.count else {
            report("\(ports.count) ports of \(peerPorts.count) workers")
            return
        }
        peerPorts = ports
        npu?.mend()
    }
}
