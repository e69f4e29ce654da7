// The other side of the door: connects, answers the challenge, and checks that who accepted
// knows the secret, too.

import ClusterModel
import EventLoop
import Wire

/// Connects to a doorkeeper and proves the secret.
final class Visitor {
    private let secret: RunSecret
    private let purpose: HandshakePurpose
    private let answer: HandshakePurpose
    private let rank: Rank
    private let listenPort: Int
    private let nonce = RunSecret.nonce()
    private var challenge: [UInt8] = []
    private var channel: ControlChannel?
    private let onDone: (Result<ControlChannel, HandshakeFailure>) -> Void

    init(
        secret: RunSecret,
        purpose: HandshakePurpose,
        answer: HandshakePurpose,
        rank: Rank,
        listenPort: Int,
        onDone: @escaping (Result<ControlChannel, HandshakeFailure>) -> Void
    ) {
        self.secret = secret
        self.purpose = purpose
        self.answer = answer
        self.rank = rank
        self.listenPort = listenPort
        self.onDone = onDone
    }

    /// Connects; stays alive until it is done, because its connection holds it.
    func visit(_ address: SocketAddress, on loop: Loop) throws(LoopError) {
        let connection = try Connection(on: loop)
        let channel = ControlChannel(connection)
        self.channel = channel
        channel.onMessage = { message in self.heard(message) }
        channel.onEnd = { reason in self.finish(.failure(HandshakeFailure(reason: reason))) }
        try connection.connect(to: address) { error in
            if let error {
                self.finish(.failure(HandshakeFailure(reason: error.description)))
                return
            }
            do throws(LoopError) {
                try channel.begin()
            } catch {
                self.finish(.failure(HandshakeFailure(reason: error.description)))
            }
        }
    }

    /// Whether it has been answered, one way or the other.
    var isOver: Bool { channel == nil }

    /// Breaks off without telling anybody.
    func cancel() {
        channel?.close()
        channel = nil
    }

    private func heard(_ message: ControlMessage) {
        switch message {
        case .challenge(let challenge):
            greet(challenge)
        case .welcome(let welcome):
            let expected = secret.proof(
                answer,
                rank: rank.index,
                challenge: nonce,
                answer: challenge
            )
            guard !challenge.isEmpty, RunSecret.areEqual(expected, welcome.proof),
                let channel
            else {
                finish(.failure(HandshakeFailure(reason: "it does not know the run's secret")))
                return
            }
            channel.limit = ControlCodec.limit
            finish(.success(channel))
        default:
            finish(.failure(HandshakeFailure(reason: "an unexpected message in the handshake")))
        }
    }

    private func greet(_ challenge: Challenge) {
        guard challenge.version == protocolVersion, challenge.nonce.count == RunSecret.size else {
            finish(.failure(HandshakeFailure(reason: "protocol version \(challenge.version)")))
            return
        }
        self.challenge = challenge.nonce
        let proof = secret.proof(
            purpose,
            rank: rank.index,
            challenge: challenge.nonce,
            answer: nonce
        )
        channel?.send(
            .hello(Hello(rank: rank.index, listenPort: listenPort, nonce: nonce, proof: proof))
        )
    }

    private func finish(_ result: Result<ControlChannel, HandshakeFailure>) {
        guard let channel else { return }
        self.channel = nil
        channel.onMessage = nil
        channel.onEnd = nil
        if case .failure = result { channel.close() }
        onDone(result)
    }
}

/// Why a connection was not made.
struct HandshakeFailure: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
