// The mesh of a simulated cluster: connections are numbered, messages come in order, and a
// connection that ends is noticed at both ends.

import ClusterModel
import Faults
import Membership

extension ClusterSimulation {
    mutating func visit(_ peer: Rank, from rank: Rank) {
        connections += 1
        guard processes[rank.index].open(connections) else { return cannotVisit(peer, from: rank) }
        send(.hello, from: rank, to: peer, connections)
    }

    /// Its own descriptors are used up, not those of whom it wanted to visit.
    private mutating func cannotVisit(_ peer: Rank, from rank: Rank) {
        refusedConnections += 1
        tellCoordinator(.reported("no descriptor left to connect to rank \(peer)"), from: rank)
    }

    /// Visits to who is gone lead nowhere; who waits at a door that is not open yet goes on waiting.
    mutating func breakOffVisits(at rank: Rank) {
        let process = processes[rank.index]
        processes[rank.index].sockets = Set(process.links.values)
            .union(process.door.map(\.connection))
    }

    mutating func turnAway(_ visitor: Rank, from rank: Rank, _ connection: Int) {
        let incarnation = processes[visitor.index].incarnation
        schedule(
            .turnedAway(
                visitor,
                peer: rank,
                incarnation: incarnation,
                connection: connection
            ),
            at: arrival(rank, visitor)
        )
    }

    mutating func turnedAway(from peer: Rank, at rank: Rank, _ connection: Int) {
        processes[rank.index].sockets.remove(connection)
        guard processes[rank.index].machine.lacks(peer) else { return }
        tellOfLoss(of: peer, at: rank, isCorrupt: false)
    }

    mutating func knocked(_ visitor: Rank, at rank: Rank, _ connection: Int) {
        if faults.hangs(visitor, rank) { return }
        guard !processes[rank.index].isDoorShut, !faults.refuses(visitor, rank) else {
            return turnAway(visitor, from: rank, connection)
        }
        guard processes[rank.index].open(connection) else {
            // As a listener does that is out of descriptors: it would never be asked again.
            refusedConnections += 1
            processes[rank.index].isDoorShut = true
            return turnAway(visitor, from: rank, connection)
        }
        guard processes[rank.index].hasPlan else {
            processes[rank.index].door.append((visitor, connection))
            return
        }
        admit(visitor, at: rank, connection)
    }

    mutating func openDoor(at rank: Rank) {
        let waiting = processes[rank.index].door
        processes[rank.index].door = []
        for (visitor, connection) in waiting { admit(visitor, at: rank, connection) }
    }

    private mutating func admit(_ visitor: Rank, at rank: Rank, _ connection: Int) {
        guard processes[rank.index].machine.lacks(visitor) else {
            processes[rank.index].sockets.remove(connection)
            return end(connection, from: rank, to: visitor)
        }
        // Before it hears of the mesh: what it sends next comes behind the welcome.
        send(.welcome, from: rank, to: visitor, connection)
        link(visitor, at: rank, connection)
    }

    mutating func welcomed(by peer: Rank, at rank: Rank, _ connection: Int) {
        guard processes[rank.index].machine.lacks(peer) else {
            processes[rank.index].sockets.remove(connection)
            return end(connection, from: rank, to: peer)
        }
        link(peer, at: rank, connection)
    }

    private mutating func link(_ peer: Rank, at rank: Rank, _ connection: Int) {
        processes[rank.index].links[peer] = connection
        processes[rank.index].sockets.insert(connection)
        perform(processes[rank.index].machine.linked(peer), at: rank)
    }

    /// This end is closed; the other one will notice.
    mutating func end(_ connection: Int, from rank: Rank, to peer: Rank) {
        schedule(
            .linkEnded(at: peer, peer: rank, connection: connection),
            at: arrival(rank, peer)
        )
    }

    mutating func unlink(_ peer: Rank, at rank: Rank, isCorrupt: Bool) {
        guard let connection = processes[rank.index].links.removeValue(forKey: peer) else {
            return
        }
        processes[rank.index].sockets.remove(connection)
        if isCorrupt { end(connection, from: rank, to: peer) }
        if processes[rank.index].machine.unlinked(peer) {
            tellOfLoss(of: peer, at: rank, isCorrupt: isCorrupt)
        }
    }

    private mutating func tellOfLoss(of peer: Rank, at rank: Rank, isCorrupt: Bool) {
        tellCoordinator(.linkDown(peer, isCorrupt: isCorrupt), from: rank)
    }

    mutating func sendToPeers(_ word: MeshWord, from rank: Rank) {
        let links = processes[rank.index].links.sorted { $0.key < $1.key }
        for (peer, connection) in links {
            guard case .chunk(let chunk) = word else {
                send(word, from: rank, to: peer, connection)
                continue
            }
            reachMessage(from: rank, to: peer)
            // The message that a fault waits for may have broken the link.
            guard processes[rank.index].links[peer] == connection else { continue }
            send(filled(chunk, from: rank, to: peer), from: rank, to: peer, connection)
        }
    }

    /// With its tokens: there those that a peer's experts are to serve, back those served here.
    func filled(_ chunk: ChunkWord, from rank: Rank, to peer: Rank) -> ChunkWord {
        guard let part = processes[rank.index].part, part.serial == chunk.serial else {
            return chunk
        }
        var filled = chunk
        if Self.dispatch.contains(chunk.number) {
            filled.tokens = part.load[peer.index][chunk.number]
        } else {
            let number = chunk.number - Self.combine.lowerBound
            filled.tokens = part.served[peer]?[number] ?? .none
        }
        return filled
    }

    /// Says a word to a peer, if there is a connection.
    mutating func send(_ word: MeshWord, from rank: Rank, to peer: Rank) {
        guard let connection = processes[rank.index].links[peer] else { return }
        if case .chunk(let chunk) = word {
            send(chunk, from: rank, to: peer, connection)
        } else {
            send(word, from: rank, to: peer, connection)
        }
    }

    private mutating func send(
        _ chunk: ChunkWord,
        from rank: Rank,
        to peer: Rank,
        _ connection: Int
    ) {
        let touch = faults.touch(rank, peer, ground, &random)
        var sent = chunk
        (sent.isCorrupt, sent.isTruncated) = (touch.isCorrupt, touch.isTruncated)
        if let age = touch.age, chunk.serial >= age {
            var old = chunk
            old.serial -= age
            send(.chunk(old), from: rank, to: peer, connection)
        }
        guard !touch.isLost else { return }
        send(.chunk(sent), from: rank, to: peer, connection, touch)
        if touch.isDoubled { send(.chunk(sent), from: rank, to: peer, connection, touch) }
    }

    private mutating func send(
        _ word: MeshWord,
        from rank: Rank,
        to peer: Rank,
        _ connection: Int,
        _ touch: ChunkTouch = ChunkTouch()
    ) {
        let happening = Happening.overMesh(word, from: rank, to: peer, connection: connection)
        let way = ConnectionWay(connection: connection, from: rank, to: peer)
        if swallowed.values.contains(where: { $0.contains(way) }) { return }
        guard !faults.isCut(rank, peer, ground) else {
            held.append(happening)
            return
        }
        if touch.isOvertaken {
            schedule(happening, at: arrival(rank, peer) + drawn(1_000..<800_000))
        } else {
            schedule(happening, at: arrival(rank, peer, added: touch.delay))
        }
    }

    /// What waited behind a cut goes on its way.
    mutating func release() {
        let waiting = held
        held = []
        for happening in waiting {
            guard case .overMesh(_, let from, let to, _) = happening else { continue }
            if faults.isCut(from, to, ground) {
                held.append(happening)
            } else {
                schedule(happening, at: arrival(from, to))
            }
        }
    }
}
