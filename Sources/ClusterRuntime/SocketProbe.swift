// What one core of this host moves through loopback sockets with this engine's frames, checksums
// included: the figure that dilation is found from.

import ClusterModel
import EventLoop
import Wire

/// Measures frames through loopback connections inside one process.
enum SocketProbe {
    private static let pairs = 4
    private static let chunk = 1 << 16
    private static let warmupNanoseconds: Int64 = 30_000_000
    /// How much longer than asked a probe goes on if nothing has moved.
    private static let patienceNanoseconds: Int64 = 5_000_000_000

    /// Bytes a second, sent and received by this one thread.
    static func bytesPerSecond(milliseconds: Int) throws -> Double {
        let loop = try Loop()
        let run = ProbeRun(chunk: chunk)
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { run.accepted($0) }
        for _ in 0..<pairs {
            let connection = try Connection(on: loop)
            try connection.connect(to: .loopback(port: listener.port)) { error in
                if error == nil { run.connected(connection) }
            }
        }
        let start = Loop.hostNanoseconds
        let deadline = start + warmupNanoseconds + Int64(milliseconds) * 1_000_000
        var measuredFrom: (instant: Int64, bytes: Int)?
        // On a host so busy that this process hardly runs, the time may pass before anything has
        // moved: then it goes on a while.
        func mustGoOn() -> Bool {
            let now = Loop.hostNanoseconds
            guard now >= deadline else { return true }
            let hasMoved = measuredFrom.map { run.received > $0.bytes } ?? false
            return !hasMoved && now < deadline + patienceNanoseconds
        }
        while mustGoOn() {
            run.feed()
            loop.runOnce()
            if measuredFrom == nil, Loop.hostNanoseconds >= start + warmupNanoseconds {
                measuredFrom = (Loop.hostNanoseconds, run.received)
            }
        }
        let elapsed = Loop.hostNanoseconds - (measuredFrom?.instant ?? start)
        let bytes = run.received - (measuredFrom?.bytes ?? 0)
        listener.close()
        run.close()
        loop.run()
        return Double(bytes) / (Double(elapsed) / 1e9)
    }
}

/// The connections of a probe and what has come through them.
private final class ProbeRun: MeshLinkOwner {
    private let payload: UnsafeMutableRawBufferPointer
    private let sink: UnsafeMutableRawBufferPointer
    private let stage = ReceiveStage()
    private var senders: [MeshLink] = []
    private var receivers: [MeshLink] = []
    private(set) var received = 0

    init(chunk: Int) {
        payload = .allocate(byteCount: chunk, alignment: 64)
        sink = .allocate(byteCount: chunk, alignment: 64)
        payload.initializeMemory(as: UInt8.self, repeating: 0x5A)
        sink.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        payload.deallocate()
        sink.deallocate()
    }

    func accepted(_ connection: Connection) {
        let link = makeLink(connection)
        link.owner = self
        receivers.append(link)
        try? connection.read(into: link)
    }

    func connected(_ connection: Connection) {
        senders.append(makeLink(connection))
    }

    private func makeLink(_ connection: Connection) -> MeshLink {
        MeshLink(peer: Rank(0), connection: connection, stage: stage, proof: .checksum)
    }

    /// Keeps every sender busy.
    func feed() {
        for link in senders {
            while link.queuedBytes < payload.count {
                link.send(header, UnsafeRawBufferPointer(payload), owner: nil)
            }
        }
    }

    func close() {
        for link in senders + receivers { link.close() }
    }

    private var header: FrameHeader {
        FrameHeader(
            kind: .chunk,
            serial: 0,
            stage: 0,
            source: 0,
            destination: 0,
            stream: 0,
            sequence: 0,
            offset: 0,
            length: payload.count,
            depart: .zero
        )
    }

    func place(for header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    { sink }

    func bears(damaged header: FrameHeader, on link: MeshLink) -> Bool { false }

    func arrived(_ header: FrameHeader, in place: UnsafeRawBufferPointer, on link: MeshLink) {
        received += place.count
    }

    func failed(_ reason: String, isCorrupt: Bool, on link: MeshLink) {}
}
