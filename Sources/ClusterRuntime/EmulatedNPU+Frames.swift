// Frames of an NPU's peers: where their payload goes, and which are thrown away.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Wire

extension EmulatedNPU: MeshLinkOwner {
    func place(for header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    {
        guard header.destination == rank.index else {
            throw StepProblem(description: "a frame for rank \(header.destination)")
        }
        switch header.kind {
        case .counts:
            guard let place = link.placeForCounts(header.length) else {
                throw StepProblem(description: "\(header.length) bytes of counts")
            }
            return place
        case .chunk: return try placeForChunk(header, on: link)
        case .request:
            guard header.length == 0 else {
                throw StepProblem(description: "a request of \(header.length) bytes")
            }
            return link.placeToDiscard(0)
        }
    }

    private func placeForChunk(_ header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    {
        switch machine.admit(serial: header.serial) {
        case .discard:
            if header.serial > machine.abandonedUpTo { note(link.peer) { $0.stale += 1 } }
            return link.placeToDiscard(header.length)
        case .refuse:
            throw StepProblem(
                description: "a chunk of exchange \(header.serial), which is not running"
            )
        case .take: break
        }
        guard let player else {
            throw StepProblem(description: "a chunk of a step that could not be loaded")
        }
        do throws(ChunkViolation) {
            if try !isWanted(header.chunk, player) { return link.placeToDiscard(header.length) }
        } catch {
            throw StepProblem(description: error.description)
        }
        return player.places.incoming(
            header.stage,
            header.stream,
            offset: header.offset,
            length: header.length
        )
    }

    func arrived(_ header: FrameHeader, in place: UnsafeRawBufferPointer, on link: MeshLink) {
        switch header.kind {
        case .counts:
            perform(machine.counted(link.peer, serial: header.serial), counts: place)
        case .chunk:
            // The step it came for may have been given up meanwhile.
            guard let player, player.serial == header.serial else { return }
            if mayTurn { bareTurns?.took(header.length, from: link.peer) }
            // Nothing came of its stream since it got its place.
            switch machine.isTolerant ? try? player.turn(of: header.chunk) : .next {
            case .next:
                player.received(header.chunk)
                pumpSoon()
            case .again:
                player.received(header.chunk)
                note(link.peer) { $0.mendedAt = Loop.hostNanoseconds }
                pump()
            case .early:
                player.keep(header.chunk)
                note(link.peer) { $0.early += 1 }
                pump()
            case .past: note(link.peer) { $0.doubled += 1 }
            case nil: break
            }
        case .request: asked(header, on: link)
        }
    }

    /// A peer asks for a chunk once more; of a step that is over nobody needs any.
    private func asked(_ header: FrameHeader, on link: MeshLink) {
        guard let player, player.serial == header.serial else { return }
        do throws(ChunkViolation) {
            try player.asked(header.request)
            pump()
        } catch {
            link.refuse(error.description)
        }
    }

    func bears(damaged header: FrameHeader, on link: MeshLink) -> Bool {
        guard header.kind == .chunk, plan.resends != nil else { return false }
        // Nobody wants those bytes any more.
        if machine.admit(serial: header.serial) == .discard { return true }
        guard let player, player.serial == header.serial else { return false }
        var chunk = header.chunk
        guard let turn = try? player.turn(of: chunk) else { return false }
        if turn == .past { return true }
        guard player.asksAgain(for: chunk) else { return false }
        note(link.peer) { _ in }
        chunk.isDamaged = true
        if turn == .early {
            player.keep(chunk)
        } else {
            player.received(chunk)
        }
        pump()
        return true
    }

    /// Whether a chunk has a place of its own: one that came before is thrown away, where the run
    /// forgives that.
    private func isWanted(_ chunk: ChunkHeader, _ player: StepPlayer) throws(ChunkViolation)
        -> Bool
    {
        guard machine.isTolerant else {
            try player.check(chunk)
            return true
        }
        return try player.turn(of: chunk) != .past
    }

    func note(_ peer: Rank, _ change: (inout WayRecord) -> Void) {
        var record = oddities[peer] ?? WayRecord(peer: peer, bytes: 0, time: .zero)
        if record.oddAt == 0 { record.oddAt = Loop.hostNanoseconds }
        change(&record)
        oddities[peer] = record
    }

    func failed(_ reason: String, isCorrupt: Bool, on link: MeshLink) {
        unlink(link, isCorrupt: isCorrupt, reason)
    }
}

extension FrameHeader {
    fileprivate var request: ChunkRequest {
        ChunkRequest(
            asker: Rank(source),
            stage: stage,
            stream: stream,
            sequence: sequence,
            depart: depart
        )
    }

    fileprivate var chunk: ChunkHeader {
        ChunkHeader(
            stage: stage,
            source: Rank(source),
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: depart,
            span: span,
            late: late
        )
    }
}
