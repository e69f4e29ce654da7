// One connection of the mesh: frames both ways between two workers. Payload is read straight into
// the place its head names, after the owner has agreed to that place; its checksum is compared
// before anybody is told.

import ClusterModel
import EventLoop
import Wire

/// Who has a mesh link's frames.
protocol MeshLinkOwner: AnyObject {
    /// Where the payload of a frame goes; throws if it is not one that may come now.
    func place(for header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    /// A frame has come whole and its checksum is right.
    func arrived(_ header: FrameHeader, in place: UnsafeRawBufferPointer, on link: MeshLink)
    /// The peer sent what may not be, or the connection ended.
    func failed(_ reason: String, on link: MeshLink)
}

/// Frames to and from one peer.
final class MeshLink: ReceiveTarget {
    let peer: Rank
    let connection: Connection
    weak var owner: (any MeshLinkOwner)?
    /// For announcements of counts, which have no place of their own.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)

    private let head = UnsafeMutableRawBufferPointer.allocate(
        byteCount: FrameHeader.size,
        alignment: 8
    )
    private var headFilled = 0
    private var header: FrameHeader?
    private var payload = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var payloadFilled = 0

    init(peer: Rank, connection: Connection) {
        self.peer = peer
        self.connection = connection
    }

    deinit {
        scratch.deallocate()
        head.deallocate()
    }

    /// Sends a frame; `owner` keeps the payload's memory alive until the kernel has taken it.
    func send(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer, owner: AnyObject?) {
        connection.write(head: header.encoded(for: payload), body: payload, owner: owner)
    }

    /// Closes without telling anybody.
    func close() {
        owner = nil
        connection.close()
    }

    func nextBuffer() -> UnsafeMutableRawBufferPointer {
        header == nil
            ? UnsafeMutableRawBufferPointer(rebasing: head[headFilled...])
            : UnsafeMutableRawBufferPointer(rebasing: payload[payloadFilled...])
    }

    func received(_ count: Int) {
        if header == nil {
            headFilled += count
            guard headFilled == FrameHeader.size else { return }
            headDone()
        } else {
            payloadFilled += count
        }
        guard let header, payloadFilled == payload.count else { return }
        frameDone(header)
    }

    private func headDone() {
        do throws(FrameError) {
            let header = try FrameHeader(UnsafeRawBufferPointer(head))
            guard header.source == peer.index else {
                fail("a frame of rank \(header.source) from rank \(peer)")
                return
            }
            place(header)
        } catch {
            fail(error.description)
        }
    }

    private func place(_ header: FrameHeader) {
        do throws(StepProblem) {
            guard let owner else { return }
            payload = try owner.place(for: header, on: self)
            payloadFilled = 0
            self.header = header
        } catch {
            fail(error.description)
        }
    }

    private func frameDone(_ header: FrameHeader) {
        let bytes = UnsafeRawBufferPointer(payload)
        do throws(FrameError) {
            try FrameHeader.verify(UnsafeRawBufferPointer(head), bytes)
        } catch {
            fail(error.description)
            return
        }
        self.header = nil
        headFilled = 0
        payload = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        owner?.arrived(header, in: bytes, on: self)
    }

    func ended(_ error: LoopError) {
        fail(error.isEndOfStream ? "the connection was closed" : error.description)
    }

    private func fail(_ reason: String) {
        let owner = self.owner
        close()
        owner?.failed(reason, on: self)
    }
}
