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
    private let stage = ReceiveStage()
    private var visitors: [Visitor] = []

    init(
        rank: Rank,
        secret: RunSecret,
        loop: Loop,
        onLink: @escaping (MeshLink) -> Void,
        onFailure: @escaping (Rank, String) -> Void
    ) {
        self.rank = rank
        self.secret = secret
        self.loop = loop
        self.onLink = onLink
        self.onFailure = onFailure
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
            visitors.append(visitor)
            do throws(LoopError) {
                try visitor.visit(address, on: loop)
            } catch {
                onFailure(peer, "it cannot be made at \(address): \(error)")
            }
        }
    }

    /// Breaks off the visits that are still under way.
    func close() {
        for visitor in visitors { visitor.cancel() }
        visitors = []
    }

    /// A handshake is over: frames come from now on.
    func adopt(_ channel: ControlChannel, peer: Rank) {
        channel.onMessage = nil
        channel.onEnd = nil
        let link = MeshLink(peer: peer, connection: channel.connection, stage: stage)
        channel.connection.retarget(to: link)
        onLink(link)
    }
}
