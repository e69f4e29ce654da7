// The sending side of a mesh link. Frames that their socket cannot take yet wait here as head and
// place; the checksum is computed when they are written, just before the kernel copies the same
// bytes, which are then still in the cache. What of a payload it covers says PayloadProof.

import DequeModule
import EventLoop
import Wire

/// Frames on their way to one peer.
final class FrameSender {
    /// The most frames, and the bytes after which no further one joins, of one write.
    private static let batchFrames = 8
    private static let batchBytes = 1 << 19
    /// A smaller batch is written at once.
    ///
    /// Bigger ones are written one a turn of the loop, so that this rank reads in between. Writing
    /// until every socket is full costs a quarter more processor time: the bytes of all pairs are
    /// then in the kernel at once, and in no cache any more.
    static let atOnceBytes = 1 << 14

    private struct Frame {
        let header: FrameHeader
        let payload: UnsafeRawBufferPointer
        /// What leaves in place of the payload, where a fault has it so.
        let damaged: DamagedBytes?
        /// Keeps the payload's memory.
        let owner: AnyObject?
    }

    private let connection: Connection
    private let proof: PayloadProof
    private var waiting = Deque<Frame>()
    /// Frames of the batch that is being written, their heads, and the batch.
    private var leaving: [Frame] = []
    private let heads = UnsafeMutableRawBufferPointer.allocate(
        byteCount: batchFrames * FrameHeader.size,
        alignment: 8
    )
    private var batch = WriteBatch()
    private var isBusy = false
    /// Bytes of payload that wait or are being written.
    private(set) var queuedBytes = 0

    init(_ connection: Connection, proof: PayloadProof) {
        self.connection = connection
        self.proof = proof
        connection.onDrained = { [weak self] in self?.drained() }
    }

    deinit { heads.deallocate() }

    /// Sends a frame after those that wait; `owner` keeps the payload's memory until it has left.
    ///
    /// With `damage` other bytes leave than those that the checksum is made of.
    func send(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer,
        damage: Damage? = nil,
        owner: AnyObject?
    ) {
        guard damage != nil || isBusy || FrameHeader.size + payload.count >= Self.atOnceBytes else {
            sendAtOnce(header, payload, owner: owner)
            return
        }
        waiting.append(
            Frame(
                header: header,
                payload: payload,
                damaged: damage.map { DamagedBytes(of: payload, $0) },
                owner: owner
            )
        )
        queuedBytes += payload.count
        if !isBusy { flush() }
    }

    /// Writes a small frame past the queue, in which nothing waits: for most it ends here.
    private func sendAtOnce(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer,
        owner: AnyObject?
    ) {
        append(header, payload, bytes: payload)
        guard !connection.write(batch, owner: self) else {
            batch.removeAll()
            return
        }
        isBusy = true
        queuedBytes += payload.count
        leaving.append(Frame(header: header, payload: payload, damaged: nil, owner: owner))
    }

    /// Writes small batches until the socket is full, of big ones the first.
    private func flush() {
        while !waiting.isEmpty {
            fillBatch()
            guard batch.byteCount < Self.atOnceBytes else {
                isBusy = true
                connection.enqueue(batch, owner: self)
                return
            }
            guard connection.write(batch, owner: self) else {
                isBusy = true
                return
            }
            batchDone()
        }
    }

    private func drained() {
        guard isBusy else { return }
        isBusy = false
        batchDone()
        flush()
    }

    private func fillBatch() {
        while let next = waiting.first, leaving.count < Self.batchFrames,
            batch.byteCount < Self.batchBytes
        {
            waiting.removeFirst()
            append(next.header, next.payload, bytes: next.damaged?.bytes ?? next.payload)
            leaving.append(next)
        }
    }

    /// Has the batch end with a frame of which `bytes` leave, under the checksum of `payload`.
    private func append(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer,
        bytes: UnsafeRawBufferPointer
    ) {
        let start = leaving.count * FrameHeader.size
        let head = UnsafeMutableRawBufferPointer(rebasing: heads[start..<start + FrameHeader.size])
        header.encode(into: head, for: proof.covered(payload, of: header.kind))
        batch.append(UnsafeRawBufferPointer(head))
        batch.append(bytes)
    }

    private func batchDone() {
        for frame in leaving { queuedBytes -= frame.payload.count }
        leaving.removeAll(keepingCapacity: true)
        batch.removeAll()
    }
}
