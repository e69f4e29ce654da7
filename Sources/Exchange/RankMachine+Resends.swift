// Chunks whose bytes came wrong: asked for again by who has them, sent again by who had sent them.
// A damaged chunk takes its time on links like any other, and so does the one that comes in its
// place. What follows it in its stream does not wait for it, for every chunk has a place of its own.

import ClusterModel
import Links

extension RankMachine {
    // MARK: The asker

    /// A chunk has been read whole, and its bytes are not those that were sent: whether it is asked
    /// for again.
    ///
    /// If so it has to be given to `received`, or `keep`, as damaged. If not, it has come wrong as
    /// often as is borne, or nothing is ever asked for again.
    public mutating func asksAgain(for chunk: ChunkHeader) -> Bool {
        let key = ChunkKey(stage: chunk.stage, stream: chunk.stream, sequence: chunk.sequence)
        guard resends.mayAsk(for: key) else { return false }
        note(chunk.source) { $0.damaged += 1 }
        return true
    }

    func noting(_ damage: [Rank: WayRecord], in records: [WayRecord]) -> [WayRecord] {
        guard !damage.isEmpty else { return records }
        var all = Dictionary(uniqueKeysWithValues: records.map { ($0.peer, $0) })
        for (peer, seen) in damage {
            var record = all[peer] ?? seen
            (record.damaged, record.resentBytes) = (seen.damaged, seen.resentBytes)
            all[peer] = record
        }
        return all.values.sorted { $0.peer < $1.peer }
    }

    private mutating func note(_ peer: Rank, _ change: (inout WayRecord) -> Void) {
        change(&damage[peer, default: WayRecord(peer: peer, bytes: 0, time: .zero)])
    }

    /// A chunk is about to be taken.
    mutating func noteIfResent(_ chunk: ChunkHeader) {
        guard incoming[chunk.stage]?.isOwed(chunk.stream, chunk.sequence) == true else { return }
        note(chunk.source) { $0.resentBytes += chunk.length }
    }

    /// The port has let a damaged chunk through: this is when its receiver has it whole.
    mutating func damagedCame(_ chunk: Arrival, at deliver: Instant) {
        damagedComing -= 1
        // A copy that is whole may have come meanwhile.
        guard incoming[chunk.stage]?.isOwed(chunk.stream, chunk.sequence) == true else { return }
        if relays.isActive { gaps.opened(chunk) }
        let port = ports.route(from: rank, to: chunk.source).egress
        // Where the way back stays down the step comes to a stop, as with any other bytes.
        guard
            let depart = egress[port].passing(to: chunk.source, stage: chunk.stage, at: deliver)
        else { return }
        requests.append(
            ChunkRequest(
                asker: rank,
                stage: chunk.stage,
                stream: chunk.stream,
                sequence: chunk.sequence,
                depart: depart
            )
        )
    }

    mutating func ask(_ actions: inout [RankAction]) {
        for request in requests {
            guard let source = incoming[request.stage]?.source(of: request.stream) else { continue }
            chunksSent += 1
            actions.append(.ask(request, of: source))
        }
        requests.removeAll()
    }

    // MARK: The asked

    /// A peer asks for a chunk once more: it takes its turn at its port from when the request is
    /// here by the model, before what belongs to later stages.
    public mutating func asked(_ request: ChunkRequest) throws(ChunkViolation) {
        let (stage, asker) = (request.stage, request.asker)
        guard sends.indices.contains(stage), incoming[stage] != nil else {
            throw .unknownExchange(stage)
        }
        guard abs(request.depart.picoseconds / 4) < Int64.max / 16 else {
            throw .departsTooLate(request.depart)
        }
        guard
            let stream = sends[stage].firstIndex(where: {
                $0.peer == asker && $0.slot == request.stream
            })
        else { throw .unknownStream(request.stream, of: asker) }
        let key = ChunkKey(stage: stage, stream: stream, sequence: request.sequence)
        let attempt = resent[key, default: 0] + 1
        guard attempt <= pacing.resends?.chunk ?? 0 else {
            throw .askedTooOften(sequence: request.sequence, stream: request.stream)
        }
        let port = ports.route(from: rank, to: asker).egress
        guard
            let bytes = egress[port].resend(
                stage: stage,
                stream: stream,
                sequence: request.sequence,
                attempt: attempt,
                at: request.depart + ports.route(from: asker, to: rank).latency
            )
        else { throw .unsent(sequence: request.sequence, stream: request.stream) }
        resent[key] = attempt
        unsent[stage] += bytes
        chunksDelivered += 1
        awaitedRequests[port] = max(0, awaitedRequests[port] - 1)
    }
}
