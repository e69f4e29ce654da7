// The sending side of a mesh link. Frames that their socket cannot take yet wait here as head and
// place; the checksum is computed when they are written, just before the kernel copies the same
// bytes, which are then still in the cache.

import DequeModule
import EventLoop
import Wire

/// Frames on their way to one peer.
final class FrameSender {
    /// The most frames, and bytes of payload after which no further one joins, of one write: a
    /// share of a core's cache.
    private static let batchFrames = 8
    private static let batchBytes = 1 << 17

    private struct Frame {
        let header: FrameHeader
        let payload: UnsafeRawBufferPointer
        /// Keeps the payload's memory.
        let owner: AnyObject?
    }

    private let connection: Connection
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

    init(_ connection: Connection) {
        self.connection = connection
        connection.onDrained = { [weak self] in self?.drained() }
    }

    deinit { heads.deallocate() }

    /// Sends a frame after those that wait; `owner` keeps the payload's memory until it has left.
    func send(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer, owner: AnyObject?) {
        waiting.append(Frame(header: header, payload: payload, owner: owner))
        queuedBytes += payload.count
        if !isBusy { flush() }
    }

    /// Writes batch after batch until the socket is full.
    private func flush() {
        while !waiting.isEmpty {
            fillBatch()
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
            let start = leaving.count * FrameHeader.size
            let head = UnsafeMutableRawBufferPointer(
                rebasing: heads[start..<start + FrameHeader.size]
            )
            next.header.encode(into: head, for: next.payload)
            batch.append(UnsafeRawBufferPointer(head))
            batch.append(next.payload)
            leaving.append(next)
        }
    }

    private func batchDone() {
        for frame in leaving { queuedBytes -= frame.payload.count }
        leaving.removeAll(keepingCapacity: true)
        batch.removeAll()
    }
}
