// The workers of a simulated cluster: they perform what their machines ask for.

import ClusterModel
import Exchange
import Faults
import Membership
import Routing

extension ClusterSimulation {
    mutating func tellCoordinator(_ word: ControlWord, from rank: Rank) {
        let incarnation = processes[rank.index].incarnation
        schedule(
            .toCoordinator(word, from: rank, incarnation: incarnation),
            at: arrival(rank, nil)
        )
    }

    mutating func told(_ word: ControlWord, at rank: Rank) {
        switch word {
        case .plan(let excluded):
            let actions = processes[rank.index].machine.planned(
                world: ground.world,
                excluded: excluded,
                isTolerant: true
            )
            processes[rank.index].hasPlan = true
            perform(actions, at: rank)
            openDoor(at: rank)
        case .ping(let number):
            tellCoordinator(.pong(number, processes[rank.index].waiting), from: rank)
        case .mend: perform(processes[rank.index].machine.mend(), at: rank)
        case .prepare(let serial, let step, let hurts):
            processes[rank.index].told = (step, hurts)
            perform(processes[rank.index].machine.prepare(serial: serial), at: rank)
        case .program(let serial):
            perform(processes[rank.index].machine.program(serial: serial), at: rank)
        case .start(let serial):
            perform(processes[rank.index].machine.start(serial: serial), at: rank)
        case .check(let serial):
            perform(processes[rank.index].machine.check(serial: serial), at: rank)
        case .abandon(let serial, let dropped, let excluded):
            let actions = processes[rank.index].machine.abandon(
                serial: serial,
                dropped: dropped,
                excluded: excluded
            )
            perform(actions, at: rank)
            breakOffVisits(at: rank)
        case .askForMissing(let serial, let stage): askForMissing(serial, upTo: stage, at: rank)
        case .stop: perform(processes[rank.index].machine.stop(), at: rank)
        default: rules.violate("rank \(rank) was told \(word)")
        }
    }

    mutating func perform(_ actions: [WorkerAction], at rank: Rank) {
        let hasDropped = actions.contains { if case .drop = $0 { true } else { false } }
        for action in actions {
            switch action {
            case .visit(let peers): for peer in peers { visit(peer, from: rank) }
            case .drop(let peer):
                if let connection = processes[rank.index].links.removeValue(forKey: peer) {
                    processes[rank.index].sockets.remove(connection)
                    end(connection, from: rank, to: peer)
                }
            case .tellMeshReady: tellCoordinator(.meshReady, from: rank)
            case .dropStep: processes[rank.index].part = nil
            case .pack(let serial): sendToPeers(.counts(serial), from: rank)
            case .takeCounts, .keepCounts, .takeKept: break
            case .seal(let serial): tellCoordinator(.prepared(serial), from: rank)
            case .load(let serial): load(serial, at: rank)
            case .begin(let serial): begin(serial, at: rank)
            case .tellFinished(let serial): tellCoordinator(.finished(serial), from: rank)
            case .verify(let serial): verify(serial, at: rank)
            case .tellAbandoned(let serial):
                if bug == .lostAcknowledgement, hasDropped { break }
                tellCoordinator(.abandoned(serial), from: rank)
            case .report(let reason): rules.violate("rank \(rank): \(reason)")
            case .leave: die(rank)
            }
        }
    }

    // MARK: A step

    private mutating func load(_ serial: Int, at rank: Rank) {
        let numbers = Set(Self.dispatch).union(Self.combine)
        let peers = processes[rank.index].machine.peers
        let (step, hurts) = processes[rank.index].told
        let routed = tokens.routed(step, rank, hurts)
        rules.routed(routed.countPerExpert, hurts: faults.expertHurts(in: step), by: rank)
        let load = tokens.load(
            routed,
            step: step,
            of: rank,
            without: processes[rank.index].machine.excluded
        )
        processes[rank.index].part = SimulatedProcess.Part(
            serial: serial,
            load: load,
            // What its own experts serve goes over no link.
            result: load[rank.index].reduce(into: TokenSum.none) { $0 += tokens.served($1) },
            missing: Dictionary(uniqueKeysWithValues: peers.map { ($0, numbers) }),
            resends: ResendBook(resendLimits)
        )
        tellCoordinator(.ready(serial), from: rank)
    }

    private mutating func begin(_ serial: Int, at rank: Rank) {
        rules.began(serial, at: rank, present: self.serial)
        reach(.step(step, .dispatch), at: rank)
        processes[rank.index].part?.hasBegun = true
        sendChunks(Self.dispatch, serial, from: rank)
        goOn(at: rank)
    }

    private mutating func sendChunks(_ numbers: Range<Int>, _ serial: Int, from rank: Rank) {
        for number in numbers {
            sendToPeers(.chunk(ChunkWord(serial: serial, number: number)), from: rank)
        }
    }

    /// Experts compute once everything is there, and the step is over once everything is back.
    private mutating func goOn(at rank: Rank) {
        guard let part = processes[rank.index].part, part.hasBegun else { return }
        if !part.hasComputed, part.has(Self.dispatch) {
            processes[rank.index].part?.hasComputed = true
            reach(.step(step, .expert), at: rank)
            let incarnation = processes[rank.index].incarnation
            let length = faults.stretched(drawn(200_000..<1_000_000), at: rank, step: step, ground)
            schedule(
                .computed(rank, incarnation: incarnation, serial: part.serial),
                after: length
            )
        }
    }

    mutating func computed(_ serial: Int, at rank: Rank) {
        guard processes[rank.index].part?.serial == serial else { return }
        reach(.step(step, .combine), at: rank)
        sendChunks(Self.combine, serial, from: rank)
        processes[rank.index].part?.hasSent = true
        finishIfComplete(at: rank)
    }

    private mutating func finishIfComplete(at rank: Rank) {
        guard let part = processes[rank.index].part, part.hasSent, part.has(Self.combine) else {
            return
        }
        perform(processes[rank.index].machine.finished(serial: part.serial), at: rank)
    }

    private mutating func verify(_ serial: Int, at rank: Rank) {
        let part = processes[rank.index].part
        let isComplete =
            part?.serial == serial && part?.missing.values.allSatisfy(\.isEmpty) == true
        rules.verified(serial, at: rank, isComplete: isComplete)
        let result = processes[rank.index].part?.result ?? .none
        tellCoordinator(.stepDone(serial, result), from: rank)
    }

    mutating func met(_ word: MeshWord, from peer: Rank, at rank: Rank, _ connection: Int) {
        switch word {
        case .hello: return knocked(peer, at: rank, connection)
        case .welcome: return welcomed(by: peer, at: rank, connection)
        case .counts, .chunk, .request: break
        }
        guard processes[rank.index].links[peer] == connection else { return }
        switch word {
        case .counts(let serial):
            let actions = processes[rank.index].machine.counted(peer, serial: serial)
            perform(actions, at: rank)
        case .chunk(let chunk): receive(chunk, from: peer, at: rank)
        case .request(let chunk): asked(for: chunk, by: peer, at: rank)
        case .hello, .welcome: break
        }
    }

    private mutating func receive(_ chunk: ChunkWord, from peer: Rank, at rank: Rank) {
        // The checksum comes before anything else.
        guard !chunk.isDamaged else {
            if !bears(chunk, from: peer, at: rank) { unlink(peer, at: rank, isCorrupt: true) }
            return
        }
        switch processes[rank.index].machine.admit(serial: chunk.serial) {
        case .take: take(chunk, from: peer, at: rank)
        case .discard: break
        case .refuse: rules.violate("rank \(rank) refused a chunk of \(chunk.serial)")
        }
    }

    /// Whether the connection that brought a damaged chunk goes on, the chunk asked for again if it
    /// is still wanted.
    private mutating func bears(_ chunk: ChunkWord, from peer: Rank, at rank: Rank) -> Bool {
        guard !chunk.isTruncated, resendLimits != nil else { return false }
        if processes[rank.index].machine.admit(serial: chunk.serial) == .discard { return true }
        guard let part = processes[rank.index].part, part.serial == chunk.serial else {
            return false
        }
        guard part.missing[peer]?.contains(chunk.number) == true else { return true }
        let key = SimulatedProcess.Part.Incoming(peer: peer, number: chunk.number)
        guard processes[rank.index].part?.resends.mayAsk(for: key) == true else { return false }
        resends += 1
        let wanted = ChunkWord(serial: chunk.serial, number: chunk.number)
        send(.request(wanted), from: rank, to: peer)
        return true
    }

    /// Nobody moves: what has not come is asked for.
    private mutating func askForMissing(_ serial: Int, upTo last: Int, at rank: Rank) {
        guard let part = processes[rank.index].part, part.serial == serial, part.hasBegun,
            part.stage <= last
        else { return }
        for (peer, missing) in part.missing.sorted(by: { $0.key < $1.key }) {
            for number in missing.sorted() where part.awaited.contains(number) {
                askFor(number, of: peer, at: rank)
            }
        }
    }

    /// Of a pair's chunks one may go before the one it follows: two of a phase are missing what is
    /// before both of them.
    private mutating func missBefore(_ chunk: ChunkWord, from peer: Rank, at rank: Rank) {
        guard resendLimits != nil, Self.combine.contains(chunk.number),
            let missing = processes[rank.index].part?.missing[peer]
        else { return }
        for number in missing.sorted() where Self.dispatch.contains(number) {
            askFor(number, of: peer, at: rank)
        }
    }

    private mutating func askFor(_ number: Int, of peer: Rank, at rank: Rank) {
        guard let serial = processes[rank.index].part?.serial else { return }
        let key = SimulatedProcess.Part.Incoming(peer: peer, number: number)
        guard processes[rank.index].part?.resends.mayAsk(for: key) == true else { return }
        resends += 1
        send(.request(ChunkWord(serial: serial, number: number)), from: rank, to: peer)
    }

    /// Who is asked still has what it sent, until the step is over; what it has not sent yet comes as
    /// it would have.
    private mutating func asked(for chunk: ChunkWord, by peer: Rank, at rank: Rank) {
        guard let part = processes[rank.index].part, part.serial == chunk.serial,
            part.hasSent || part.hasBegun && Self.dispatch.contains(chunk.number)
        else { return }
        send(.chunk(filled(chunk, from: rank, to: peer)), from: rank, to: peer)
    }

    private mutating func take(_ chunk: ChunkWord, from peer: Rank, at rank: Rank) {
        let isNew =
            processes[rank.index].part?.missing[peer]?.remove(chunk.number) != nil
        // Its number says that it is known.
        guard isNew || bug == .doubleDelivery else { return }
        keepTokens(of: chunk, from: peer, at: rank)
        missBefore(chunk, from: peer, at: rank)
        rules.took(
            chunk,
            from: peer,
            to: rank,
            incarnation: processes[rank.index].incarnation,
            abandonedUpTo: processes[rank.index].machine.abandonedUpTo
        )
        goOn(at: rank)
        finishIfComplete(at: rank)
    }

    private mutating func keepTokens(of chunk: ChunkWord, from peer: Rank, at rank: Rank) {
        guard Self.dispatch.contains(chunk.number) else {
            processes[rank.index].part?.result += chunk.tokens
            return
        }
        let empty = Array(repeating: TokenSum.none, count: Self.dispatch.count)
        processes[rank.index].part?.served[peer, default: empty][chunk.number] += tokens.served(
            chunk.tokens
        )
    }
}
