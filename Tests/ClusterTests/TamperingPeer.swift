// A real worker process as rank 0 of two, and this process as its coordinator and as rank 1, so
// that a peer can do on the mesh what no worker does.

import ClusterModel
import EventLoop
import Exchange
import Foundation
import Links
import Wire

@testable import ClusterRuntime

/// What rank 1 does to its frames.
enum Tampering: CaseIterable {
    case none
    /// A byte changed after the checksum was made.
    case flippedByte
    /// A byte changed before: only the comparison at the end can find it.
    case wrongContent
    case lostChunk
    case lostTail
    case doubledChunk
    case wrongSource
    case garbage
}

/// One bare exchange with a worker, tampered with.
final class TamperingPeer {
    private static let chunks = 3
    private let tampering: Tampering
    private let plan = ClusterPlan.twoRanks
    private let secret = RunSecret()
    private let loop: Loop
    private let buffers = ExchangeBuffers()
    private var doorkeeper: Doorkeeper?
    private var control: ControlChannel?
    private var mesh: Connection?
    private var visitors: [Visitor] = []
    private var hello: Hello?
    private let sink = Sink()
    /// What the worker said in the end.
    private(set) var failure: String?
    private(set) var done: StepDone?
    private(set) var refusals: [String] = []
    /// What it waited for when it was asked last.
    private(set) var waiting: Pong?
    private var hasBegun = false

    /// Takes whatever comes.
    private final class Sink: ReceiveTarget {
        private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 8)
        func nextBuffer() -> UnsafeMutableRawBufferPointer { bytes }
        func received(_ count: Int) {}
        func ended(_ error: LoopError) {}
        deinit { bytes.deallocate() }
    }

    init(_ tampering: Tampering) throws {
        self.tampering = tampering
        loop = try Loop()
    }

    private var bytes: Int { Self.chunks * plan.exchange.chunk.value }

    private func prepare(_ rank: Rank) -> Prepare {
        let row = rank == Rank(0) ? [0, bytes] : [bytes, 0]
        return Prepare(serial: 0, step: 0, router: 0, segment: .exchange, send: row, receive: row)
    }

    /// Plays until the worker has said how it went, for 10 s at most.
    func play(worker path: String) throws {
        let doorkeeper = Doorkeeper(
            secret: secret,
            purpose: .join,
            answer: .welcome,
            mayEnter: { $0 == Rank(0) },
            onEnter: { [unowned self] _, hello, channel in self.joined(hello, channel) }
        )
        self.doorkeeper = doorkeeper
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { doorkeeper.knock($0) }
        let worker = try LocalLauncher(
            loop: loop,
            path: path,
            logDescriptor: 2,
            sharedMemory: nil,
            sharesSession: false
        )
        .launch(
            Rank(0),
            coordinator: .loopback(port: listener.port),
            secret: secret,
            crashing: nil
        ) { [unowned self] _ in self.loop.stop() }
        let end = Loop.hostNanoseconds + 10_000_000_000
        let watch = try RepeatingTimer(on: loop, everyMilliseconds: 20) { [unowned self] in
            if Loop.hostNanoseconds > end { self.loop.stop() }
            if self.hasBegun { self.control?.send(.ping(count: 1)) }
        }
        loop.run()
        worker.kill(9)
        // A child that nobody waited for would keep the monitor of exit tests spinning.
        while worker.isRunning, Loop.hostNanoseconds < end + 2_000_000_000 { loop.runOnce() }
        worker.close()
        watch.close()
        listener.close()
        control?.close()
        mesh?.close()
        doorkeeper.close()
        loop.run()
    }

    private func joined(_ hello: Hello, _ channel: ControlChannel) {
        self.hello = hello
        control = channel
        channel.onMessage = { [unowned self] in self.heard($0) }
        let plan = WorkerPlan(
            plan: plan,
            unshaped: false,
            peerPorts: [hello.listenPort, 0],
            dilation: 1,
            windowNanoseconds: 8_000_000,
            catchUpNanoseconds: 2_000_000
        )
        channel.send(.plan(plan))
        // Who brings a wrong secret is sent away; then comes the right one.
        visit(with: RunSecret()) { [unowned self] in self.visit(with: self.secret) {} }
    }

    private func visit(with secret: RunSecret, refused: @escaping () -> Void) {
        let visitor = Visitor(
            secret: secret,
            purpose: .mesh,
            answer: .meshWelcome,
            rank: Rank(1),
            listenPort: 0
        ) { [unowned self] result in
            guard case .success(let channel) = result else {
                refused()
                return
            }
            self.mesh = channel.connection
            channel.connection.retarget(to: self.sink)
        }
        visitors.append(visitor)
        try? visitor.visit(.loopback(port: hello?.listenPort ?? 0), on: loop)
    }

    // MARK: The exchange

    private func heard(_ message: ControlMessage) {
        switch message {
        case .meshReady:
            control?.send(.prepare(prepare(Rank(0))))
            let counts = withUnsafeBytes(of: UInt64(bytes).littleEndian) { Array($0) }
            write(.counts, sequence: 0, offset: 0, payload: counts)
        case .prepared:
            let matrix = TrafficMatrix(rows: (0..<2).map { prepare(Rank($0)).send })
            let ports = PortMap.unshaped(layout: RankLayout(plan))
            let programs = LayerProgram.bare(matrix, .direct, over: ports)
            control?.send(.program(serial: 0, programs[0]))
        case .ready:
            let now = Loop.hostNanoseconds
            control?.send(.start(Start(serial: 0, at: now)))
            hasBegun = true
            sendChunks()
        case .pong(let pong):
            if !pong.waitsFor.isEmpty { waiting = pong }
            // All that is to come has come: what is missing now is missing for good.
            if tampering == .lostTail, pong.missingBytes == [plan.exchange.chunk.value] {
                loop.stop()
            }
        case .finished: control?.send(.check(serial: 0))
        case .stepDone(let done):
            self.done = done
            refusals = done.refusals
            loop.stop()
        case .failure(let reason):
            failure = reason
            loop.stop()
        case .linkDown(let down):
            failure = "its connection to worker \(down.peer): \(down.reason)"
            loop.stop()
        default: break
        }
    }

    private func sendChunks() {
        let work = BareExchange(
            rank: Rank(1),
            prepare: prepare(Rank(1)),
            layout: RankLayout(plan),
            seed: plan.workload.seed,
            buffers: buffers
        )
        let payload = Array(work.outgoing(exchange: 0, to: Rank(0)))
        let size = plan.exchange.chunk.value
        for sequence in 0..<Self.chunks {
            let isMiddle = sequence == 1
            if isMiddle, tampering == .lostChunk { continue }
            if sequence == 2, tampering == .lostTail { continue }
            if isMiddle, tampering == .garbage { mesh?.write(Array(repeating: 0x55, count: 500)) }
            let offset = sequence * size
            var chunk = Array(payload[offset..<offset + size])
            if isMiddle, tampering == .wrongContent { chunk[100] ^= 1 }
            let times = isMiddle && tampering == .doubledChunk ? 2 : 1
            for _ in 0..<times {
                write(.chunk, sequence: sequence, offset: offset, payload: chunk)
            }
        }
    }

    private func write(_ kind: FrameKind, sequence: Int, offset: Int, payload: [UInt8]) {
        let isMiddle = kind == .chunk && sequence == 1
        let header = FrameHeader(
            kind: kind,
            serial: 0,
            stage: 0,
            source: isMiddle && tampering == .wrongSource ? 0 : 1,
            destination: 0,
            stream: 0,
            sequence: sequence,
            offset: offset,
            length: payload.count,
            depart: .zero
        )
        var frame = payload.withUnsafeBytes { header.encoded(for: $0) } + payload
        if isMiddle, tampering == .flippedByte { frame[FrameHeader.size + 100] ^= 1 }
        mesh?.write(frame)
    }
}
