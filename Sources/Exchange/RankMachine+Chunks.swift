// Chunks of a rank: what leaves when, what has come and is let through.

import ClusterModel
import Links
import Statistics

extension RankMachine {
    // MARK: Coming

    /// Whether this chunk is one this rank expects next; asked before its payload is read.
    ///
    /// Changes nothing; see `nextWake` for why it is mutating.
    public mutating func check(_ chunk: ChunkHeader) throws(ChunkViolation) {
        try checkHead(chunk)
        try incoming[chunk.stage]?.check(chunk)
    }

    /// How this chunk stands to what came of its stream before; asked before its payload is read,
    /// and after.
    public mutating func turn(of chunk: ChunkHeader) throws(ChunkViolation) -> ChunkTurn {
        try checkHead(chunk)
        return try incoming[chunk.stage]?.turn(of: chunk) ?? .past
    }

    private func checkHead(_ chunk: ChunkHeader) throws(ChunkViolation) {
        guard incoming.indices.contains(chunk.stage), incoming[chunk.stage] != nil else {
            throw .unknownExchange(chunk.stage)
        }
        guard abs(chunk.depart.picoseconds / 4) < Int64.max / 16 else {
            throw .departsTooLate(chunk.depart)
        }
    }

    /// A chunk has been read whole that is ahead of its turn.
    public mutating func keep(_ chunk: ChunkHeader) {
        incoming[chunk.stage]?.keep(chunk)
        missBefore(chunk)
    }

    /// A chunk has been read whole.
    ///
    /// It must have passed `check`. If its way, or that of those it let through, leads through
    /// shared ports, the answer is their passages: the shell has to find out when they leave them
    /// and tell with `passed`.
    public mutating func received(_ chunk: ChunkHeader, at now: Instant) -> [SharedPassage] {
        var passages = take(chunk, at: now).map { [$0] } ?? []
        guard incoming[chunk.stage]?.hasKept() == true else { return passages }
        // What came before its turn can be used from now on.
        while let kept = incoming[chunk.stage]?.takeKept(of: chunk.stream) {
            let late = kept.departing(notBefore: chunk.depart)
            if let passage = take(late, at: now) { passages.append(passage) }
        }
        return passages
    }

    /// The way that was found to be slow last, was at a host instant.
    public mutating func noteSlowWay(seenAt: Int64) { slowWays.note(seenAt: seenAt) }

    private mutating func take(_ chunk: ChunkHeader, at now: Instant) -> SharedPassage? {
        if !damage.isEmpty { noteIfResent(chunk) }
        incoming[chunk.stage]?.took(chunk)
        let route = ports.route(from: chunk.source, to: rank)
        slowWays.see(chunk, over: route, ports.rate(of: route.link))
        guard let first = route.sharedOut else {
            arrived(chunk, at: chunk.depart + route.latency, ingress: route.ingress, readAt: now)
            return nil
        }
        chunksInPassage += 1
        return SharedPassage(
            ports: [first] + (route.sharedIn.map { [$0] } ?? []),
            depart: chunk.depart,
            entry: ports.rate(ofPort: route.egress).bandwidth,
            latency: route.latency,
            chunk: chunk,
            readAt: now
        )
    }

    /// A chunk has left the shared ports and is at this rank's own at `arrive`.
    public mutating func passed(_ passage: SharedPassage, arrive: Instant) {
        chunksInPassage -= 1
        let route = ports.route(from: passage.chunk.source, to: rank)
        arrived(passage.chunk, at: arrive, ingress: route.ingress, readAt: passage.readAt)
    }

    private mutating func arrived(
        _ chunk: ChunkHeader,
        at arrive: Instant,
        ingress port: Int,
        readAt: Instant
    ) {
        if chunk.isDamaged {
            damagedComing += 1
        } else {
            incoming[chunk.stage]?.arrives(chunk, at: arrive)
            if !wayWatch.isEmpty { wayWatch.record(chunk, at: arrive) }
        }
        arriveMax = max(arriveMax, arrive)
        ingress[port].receive(
            Arrival(
                arrive: arrive,
                source: chunk.source,
                stage: chunk.stage,
                stream: chunk.stream,
                sequence: chunk.sequence,
                length: chunk.length,
                readAt: readAt,
                isDamaged: chunk.isDamaged
            )
        )
    }

    /// Lets through what has arrived.
    mutating func serve(at now: Instant) {
        for index in ingress.indices {
            while let delivery = ingress[index].serve(at: now) {
                if !watches.isEmpty {
                    watches[index].record(delivery.arrival.length, at: delivery.deliver)
                }
                delivered(delivery)
            }
        }
    }

    private mutating func delivered(_ delivery: Delivery) {
        let arrival = delivery.arrival
        chunksDelivered += 1
        lateness.record(picoseconds: delivery.lateness.picoseconds)
        deliverMax = max(deliverMax, delivery.deliver)
        guard !arrival.isDamaged else {
            damagedCame(arrival, at: delivery.deliver)
            return
        }
        incoming[arrival.stage]?.delivered(
            arrival.length,
            of: arrival.stream,
            at: delivery.deliver
        )
        guard relays.isActive else { return }
        for _ in 0..<gaps.came(arrival) {
            let waiting = relays.came(
                stage: arrival.stage,
                stream: arrival.stream,
                at: delivery.deliver
            )
            for (port, flow) in waiting { egress[port].supply(flow, at: delivery.deliver) }
        }
    }

    // MARK: Leaving

    /// Whether chunks of a port may go to their sockets before they begin to leave by the model:
    /// not while something still unknown could come before them.
    func mayLeaveEarly(_ port: Int) -> Bool {
        guard pacing.window > .zero else { return true }
        guard awaitedRequests[port] == 0, !egress[port].mayBeOvertaken else { return false }
        guard let next = egress[port].nextStage, let start = egress[port].nextStart else {
            return true
        }
        guard let first = comingStages[port].first else { return true }
        guard first > next else { return false }
        guard egress[port].idlesBeforeNext else { return true }
        let starts = board.earliestStarts(at: lastAdvance)
        return comingStages[port].allSatisfy { starts[$0] >= start }
    }

    /// Sends what may leave.
    mutating func emit(at now: Instant, _ actions: inout [RankAction]) {
        for index in egress.indices {
            while let start = egress[index].nextStart {
                let window = mayLeaveEarly(index) ? pacing.window : .zero
                guard start <= now + window,
                    let chunk = egress[index].emit(at: now, catchUp: pacing.catchUp)
                else { break }
                // What is swallowed is under way for nobody.
                if chunk.touch != .swallowed { chunksSent += 1 }
                if chunk.isAskedForAgain, pacing.resends != nil { awaitedRequests[index] += 1 }
                unsent[chunk.stage] -= chunk.length
                departMax[chunk.stage] = max(departMax[chunk.stage], chunk.depart)
                if chunk.slip > .zero { lateness.record(picoseconds: chunk.slip.picoseconds) }
                actions.append(.send(chunk, sends[chunk.stage][chunk.stream]))
            }
        }
    }
}

extension DepartingChunk {
    /// It does not come whole, and who should get it says so.
    fileprivate var isAskedForAgain: Bool { touch == .corrupt || touch == .swallowed }
}
