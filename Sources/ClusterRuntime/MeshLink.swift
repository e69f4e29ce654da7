// One connection of the mesh: frames both ways between two workers. Payload is read straight into
// the place its head names, after the owner has agreed to that place; its checksum is compared
// before anybody is told (but that of chunks on the bare engine: see PayloadProof).

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
    /// A frame has come whose head is right and whose payload is not: whether that is borne, and
    /// the connection goes on.
    func bears(damaged header: FrameHeader, on link: MeshLink) -> Bool
    /// The peer sent what may not be, or the connection ended.
    ///
    /// Corrupt: its checksum is not that of its bytes.
    func failed(_ reason: String, isCorrupt: Bool, on link: MeshLink)
}

/// Frames to and from one peer.
final class MeshLink: ReceiveTarget {
    /// The most bytes of an announcement of counts.
    static let countsMax = 1 << 20

    let peer: Rank
    let connection: Connection
    weak var owner: (any MeshLinkOwner)?

    private let sender: FrameSender
    private let stage: ReceiveStage
    private let proof: PayloadProof
    private let head = UnsafeMutableRawBufferPointer.allocate(
        byteCount: FrameHeader.size,
        alignment: 8
    )
    private var headFilled = 0
    private var header: FrameHeader?
    /// What of the frame under way was there when that was looked at.
    private var stand: Stand?
    private var payload = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var payloadFilled = 0
    /// Memory that must live until the frame that is being read has come whole.
    private var kept: AnyObject?
    /// For announcements of counts, which have no place of their own, and for what is thrown away.
    private var counts = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// By this side: nobody is told anything any more.
    private var isClosed = false
    /// The read under way goes straight into the payload's place.
    private var isDirect = false
    /// This side is gone, by a fault, and the other does not know.
    var isHalfOpen = false

    init(peer: Rank, connection: Connection, stage: ReceiveStage, proof: PayloadProof) {
        self.peer = peer
        self.connection = connection
        self.stage = stage
        self.proof = proof
        sender = FrameSender(connection, proof: proof)
    }

    deinit {
        counts.deallocate()
        head.deallocate()
    }

    /// Bytes of payload that have not left.
    var queuedBytes: Int { sender.queuedBytes }

    /// Sends a frame; `owner` keeps the payload's memory alive until the kernel has taken it.
    ///
    /// What a fault damages has another checksum than its bytes.
    func send(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer,
        damage: Damage? = nil,
        owner: AnyObject?
    ) {
        guard !isHalfOpen else { return }
        sender.send(header, payload, damage: damage, owner: owner)
    }

    /// Closes without telling anybody.
    func close() {
        isClosed = true
        owner = nil
        connection.close()
    }

    /// Closes with a reset, without telling anybody on this side.
    func reset() {
        isClosed = true
        owner = nil
        connection.reset()
    }

    /// A place for an announcement of this many bytes, `nil` if there are too many.
    func placeForCounts(_ length: Int) -> UnsafeMutableRawBufferPointer? {
        length <= Self.countsMax ? placeToDiscard(length) : nil
    }

    /// A place for bytes that nobody wants any more.
    func placeToDiscard(_ length: Int) -> UnsafeMutableRawBufferPointer {
        if length > counts.count {
            counts.deallocate()
            counts = .allocate(byteCount: length, alignment: 8)
        }
        return UnsafeMutableRawBufferPointer(rebasing: counts[..<length])
    }

    /// Whether payload is on its way out, or has come in part.
    var isInTransit: Bool { header != nil || queuedBytes > 0 }

    /// Whether nothing of the frame under way, of a step up to `serial`, has come for five seconds.
    ///
    /// It takes three looks, at instants of their own: who was busy for so long looks once more after
    /// it has read what came meanwhile.
    func isCutOff(upTo serial: Int, at now: Int64) -> Bool {
        guard let header, header.serial <= serial else {
            stand = nil
            return false
        }
        guard var seen = stand, seen.header == header, seen.filled == payloadFilled else {
            stand = Stand(header: header, filled: payloadFilled, since: now, lookedAt: now)
            return false
        }
        if now - seen.lookedAt > Self.lookApart {
            (seen.lookedAt, seen.looks) = (now, seen.looks + 1)
        }
        stand = seen
        return seen.looks >= 3 && now - seen.since >= Self.cutOffAfter
    }

    private static let lookApart: Int64 = 100_000_000
    private static let cutOffAfter: Int64 = 5_000_000_000

    /// A frame of which nothing came, since when, and how often that was seen.
    private struct Stand {
        let header: FrameHeader
        let filled: Int
        let since: Int64
        var lookedAt: Int64
        var looks = 1
    }

    /// Keeps memory alive that the frame under way is read into.
    func keepUntilDone(_ memory: AnyObject) { if header != nil { kept = memory } }

    // MARK: Receiving

    func nextBuffer() -> UnsafeMutableRawBufferPointer {
        isDirect =
            !isHalfOpen && header != nil && payload.count - payloadFilled >= ReceiveStage.directMin
        return isDirect
            ? UnsafeMutableRawBufferPointer(rebasing: payload[payloadFilled...]) : stage.memory
    }

    func received(_ count: Int) {
        guard !isHalfOpen else { return }
        guard isDirect else {
            take(UnsafeRawBufferPointer(rebasing: stage.memory[..<count]))
            return
        }
        payloadFilled += count
        guard let owner else { return }
        endFrameIfFilled(for: owner)
    }

    /// Takes frames, or parts of them, out of what has been read.
    private func take(_ bytes: UnsafeRawBufferPointer) {
        guard let owner else { return }
        var rest = bytes
        while !rest.isEmpty, !isClosed {
            if header == nil {
                headFilled += Self.move(&rest, to: head, at: headFilled)
                guard headFilled == FrameHeader.size else { return }
                headDone(for: owner)
            } else {
                payloadFilled += Self.move(&rest, to: payload, at: payloadFilled)
            }
            endFrameIfFilled(for: owner)
        }
    }

    /// Copies what fits behind the first `filled` bytes of `place`.
    private static func move(
        _ bytes: inout UnsafeRawBufferPointer,
        to place: UnsafeMutableRawBufferPointer,
        at filled: Int
    ) -> Int {
        let count = min(bytes.count, place.count - filled)
        UnsafeMutableRawBufferPointer(rebasing: place[filled..<filled + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
        return count
    }

    private func endFrameIfFilled(for owner: any MeshLinkOwner) {
        guard let header, payloadFilled == payload.count else { return }
        frameDone(header, for: owner)
    }

    private func headDone(for owner: any MeshLinkOwner) {
        do throws(FrameError) {
            let header = try FrameHeader(UnsafeRawBufferPointer(head))
            guard header.source == peer.index else {
                fail("a frame of rank \(header.source) from rank \(peer)", isCorrupt: true)
                return
            }
            place(header, for: owner)
        } catch {
            fail(error.description, isCorrupt: true)
        }
    }

    private func place(_ header: FrameHeader, for owner: any MeshLinkOwner) {
        do throws(StepProblem) {
            payload = try owner.place(for: header, on: self)
            payloadFilled = 0
            self.header = header
        } catch {
            fail(error.description, isCorrupt: true)
        }
    }

    private func frameDone(_ header: FrameHeader, for owner: any MeshLinkOwner) {
        let bytes = UnsafeRawBufferPointer(payload)
        let damage = damage(of: proof.covered(bytes, of: header.kind))
        self.header = nil
        headFilled = 0
        payload = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        if let damage {
            guard owner.bears(damaged: header, on: self) else {
                fail(damage.description, isCorrupt: true)
                return
            }
        } else {
            owner.arrived(header, in: bytes, on: self)
        }
        if kept != nil { kept = nil }
    }

    /// What is wrong with the payload that has come, `nil` if nothing is.
    private func damage(of bytes: UnsafeRawBufferPointer) -> FrameError? {
        do throws(FrameError) {
            try FrameHeader.verify(UnsafeRawBufferPointer(head), bytes)
            return nil
        } catch {
            return error
        }
    }

    func ended(_ error: LoopError) {
        let reason = error.isEndOfStream ? "the connection was closed" : error.description
        fail(reason, isCorrupt: false)
    }

    /// What came may not be.
    func refuse(_ reason: String) { fail(reason, isCorrupt: true) }

    private func fail(_ reason: String, isCorrupt: Bool) {
        let owner = self.owner
        close()
        owner?.failed(reason, isCorrupt: isCorrupt, on: self)
    }
}
