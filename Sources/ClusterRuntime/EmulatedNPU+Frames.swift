// Frames of an NPU's peers: where their payload goes, and which are thrown away.

import ClusterModel
import Exchange
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
        }
    }

    private func placeForChunk(_ header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    {
        switch machine.admit(serial: header.serial) {
        case .discard: return link.placeToDiscard(header.length)
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
            try player.check(header.chunk)
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
            player.received(header.chunk)
            pump()
        }
    }

    func failed(_ reason: String, isCorrupt: Bool, on link: MeshLink) {
        unlink(link, isCorrupt: isCorrupt, reason)
    }
}

extension FrameHeader {
    fileprivate var chunk: ChunkHeader {
        ChunkHeader(
            stage: stage,
            source: Rank(source),
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: depart
        )
    }
}
