// Chunks whose bytes came wrong, or that did not come: asked for by who should have them, sent again
// by who had sent them.
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
            (record.damaged, record.missed) = (seen.damaged, seen.missed)
            record.resentBytes = seen.resentBytes
            all[peer] = record
        }
        return all.values.sorted { $0.peer < $1.peer }
    }

    private mutating func note(_ peer: Rank, _ change: (inout WayRecord) -> Void) {
        change(&damage[peer, default: WayRecord(peer: peer, bytes: 0, time: .zero)])
    }

    /// A chunk is about to be taken.
    mutating func noteIfResent(_ chunk: ChunkHeader) {
        guard let exchange = incoming[chunk.stage],
            exchange.isOwed(chunk.stream, chunk.sequence)
                || exchange.isMissed(chunk.stream, chunk.sequence)
        else { return }
        note(chunk.source) { $0.resentBytes += chunk.length }
    }

    /// The port has let a damaged chunk through: this is when its receiver has it whole.
    mutating func damagedCame(_ chunk: Arrival, at deliver: Instant) {
        damagedComing -= 1
        // A copy that is whole may have come meanwhile.
        guard incoming[chunk.stage]?.isOwed(chunk.stream, chunk.sequence) == true else { return }
        if relays.isActive { gaps.opened(chunk) }
        let key = ChunkKey(stage: chunk.stage, stream: chunk.stream, sequence: chunk.sequence)
        request(key, of: chunk.source, at: deliver)
    }

    /// - Returns: whether the request can be on its way: where that stays down the step comes to a
    ///   stop, as with any other bytes.
    @discardableResult
    private mutating func request(_ key: ChunkKey, of source: Rank, at instant: Instant) -> Bool {
        let port = ports.route(from: rank, to: source).egress
        guard let depart = egress[port].passing(to: source, stage: key.stage, at: instant) else {
            return false
        }
        requests.append(
            ChunkRequest(
                asker: rank,
                stage: key.stage,
                stream: key.stream,
                sequence: key.sequence,
                depart: depart
            )
        )
        return true
    }

    // MARK: Missing

    /// A chunk is here before its turn: if another one is, too, what should have come before them
    /// is lost, and asked for as soon as this one has arrived.
    mutating func missBefore(_ chunk: ChunkHeader) {
        guard pacing.resends != nil, let exchange = incoming[chunk.stage] else { return }
        let arrive = chunk.depart + ports.route(from: chunk.source, to: rank).latency
        for sequence in exchange.lost(of: chunk.stream) {
            let key = ChunkKey(stage: chunk.stage, stream: chunk.stream, sequence: sequence)
            miss(key, at: arrive)
        }
    }

    /// Nobody moves any more: what should have come and has not is lost or was never sent.
    ///
    /// It is asked for 1 ms of emulated time after anything came. Who never sent it has nothing to
    /// send again.
    ///
    /// `last` is the earliest stage that anybody waits for. Of later ones nothing can have come, and
    /// what is asked for in vain counts all the same.
    public mutating func askForMissing(upTo last: Int, at now: Instant) {
        guard pacing.resends != nil else { return }
        lastAdvance = max(lastAdvance, now)
        // A stage that is over for this rank may still bring what it relays to others.
        for stage in incoming.indices where stage <= last {
            guard let exchange = incoming[stage], let start = board.start(of: stage) else {
                continue
            }
            let due = max(now, max(start, deliverMax) + Self.overdue)
            for (stream, sequence) in exchange.absent {
                let key = ChunkKey(stage: stage, stream: stream, sequence: sequence)
                // One that may not be asked for any more says nothing of the others.
                miss(key, at: due)
            }
        }
    }

    /// Emulated time after the last byte that came, or the beginning of the exchange.
    ///
    /// What has not come by then, and is not under way, is overdue. An assumption, in the range of
    /// what transports wait before they send again.
    static let overdue = Interval(picoseconds: 1_000_000_000)

    private mutating func miss(_ key: ChunkKey, at instant: Instant) {
        guard let source = incoming[key.stage]?.source(of: key.stream), resends.mayAsk(for: key),
            request(key, of: source, at: instant)
        else { return }
        incoming[key.stage]?.miss(key.stream, key.sequence)
        note(source) { $0.missed += 1 }
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

    /// A peer asks for a chunk once more: if it has not left yet nothing has to be done, for it
    /// comes as it would have; if it has, it takes its turn at its port from when the request is
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
        let run = sends[stage][stream].run
        let size = run.chunk(most: pacing.chunk.value)
        guard (0..<(run.bytes + size - 1) / size).contains(request.sequence) else {
            throw .unsent(sequence: request.sequence, stream: request.stream)
        }
        chunksDelivered += 1
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
        else { return }
        resent[key] = attempt
        unsent[stage] += bytes
        awaitedRequests[port] = max(0, awaitedRequests[port] - 1)
    }
}

extension Sequence<RankMachine> {
    /// The earliest stage of which anybody waits for bytes: where all of a cluster stands still, that
    /// up to which may be asked.
    public var earliestMissing: Int? {
        compactMap(\.missing).filter { !$0.from.isEmpty }.map(\.stage).min()
    }
}
