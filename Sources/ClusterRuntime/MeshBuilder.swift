// Opens the full mesh: one connection for each pair of workers, made by the higher rank.

import ClusterModel
import EventLoop
import Wire

/// Connects one worker to all others.
final class MeshBuilder {
    private let rank: Rank
    private let secret: RunSecret
    private let loop: Loop
    private let onLink: (MeshLink) -> Void
    private let onFailure: (Rank, String) -> Void
    /// This worker itself can connect to nobody: no peer is to blame.
    private let onTrouble: (String) -> Void
    private let stage = ReceiveStage()
    private let proof: PayloadProof
    private var visits: [Visit] = []
    /// How long a peer may take to answer: on a busy host workers come up one by one.
    private let patience: Int64

    /// A visit under way.
    private struct Visit {
        let peer: Rank
        let visitor: Visitor
        /// Host nanoseconds by which it must be over.
        let deadline: Int64
    }

    init(
        rank: Rank,
        secret: RunSecret,
        loop: Loop,
        world: Int,
        proof: PayloadProof,
        onLink: @escaping (MeshLink) -> Void,
        onFailure: @escaping (Rank, String) -> Void,
        onTrouble: @escaping (String) -> Void
    ) {
        self.rank = rank
        self.secret = secret
        self.loop = loop
        self.proof = proof
        self.onLink = onLink
        self.onFailure = onFailure
        self.onTrouble = onTrouble
        patience = 6_000_000_000 + Int64(world) * 20_000_000
    }

    /// Visits these peers; the higher ones come by themselves.
    func connect(to peers: [Rank], ports: [Int], host: String) {
        for peer in peers {
            let address = SocketAddress(host: host, port: ports[peer.index])
            let visitor = Visitor(
                secret: secret,
                purpose: .mesh,
                answer: .meshWelcome,
                rank: rank,
                listenPort: 0
            ) { [self] result in
                switch result {
                case .success(let channel): adopt(channel, peer: peer)
                case .failure(let failure):
                    onFailure(peer, "it cannot be made at \(address): \(failure)")
                }
            }
            let deadline = Loop.hostNanoseconds + patience
            visits.append(Visit(peer: peer, visitor: visitor, deadline: deadline))
            do throws(LoopError) {
                try visitor.visit(address, on: loop)
            } catch  where error.isOutOfDescriptors {
                onTrouble("no connection to rank \(peer) at \(address): \(error)")
            } catch {
                onFailure(peer, "it cannot be made at \(address): \(error)")
            }
        }
    }

    /// Gives up visits that nobody answers.
    func sweep() {
        visits.removeAll { $0.visitor.isOver }
        let now = Loop.hostNanoseconds
        for visit in visits where visit.deadline <= now {
            visit.visitor.cancel()
            let milliseconds = patience / 1_000_000
            onFailure(visit.peer, "it is not answered within \(milliseconds) ms")
        }
    }

    /// Breaks off the visits that are still under way.
    func close() {
        for visit in visits { visit.visitor.cancel() }
        visits = []
    }

    /// A handshake is over: frames come from now on.
    func adopt(_ channel: ControlChannel, peer: Rank) {
        channel.onMessage = nil
        channel.onEnd = nil
        let link = MeshLink(
            peer: peer,
            connection: channel.connection,
            stage: stage,
            proof: proof
        )
        channel.connection.retarget(to: link)
        onLink(link)
    }
}
