// Who knocks at a listener proves that it knows the run's secret, or is sent away and counted.
// Until then it may send one small message, and it has a few seconds.

import ClusterModel
import EventLoop
import Wire

/// Accepts connections for one purpose and lets in those that prove the secret.
final class Doorkeeper {
    static let patience: Int64 = 3_000_000_000
    /// Connections that may be in the middle of their handshake at once.
    static let pendingMax = min(1024, max(16, DescriptorLimit.raise() / 4))

    private struct Guest {
        let channel: ControlChannel
        let challenge: [UInt8]
        let deadline: Int64
    }

    private let secret: RunSecret
    private let purpose: HandshakePurpose
    private let answer: HandshakePurpose
    /// Whether this rank may come in now.
    private let mayEnter: (Rank) -> Bool
    /// Whether this rank gets no answer.
    private let isDeaf: (Rank) -> Bool
    private let onEnter: (Rank, Hello, ControlChannel) -> Void
    private var guests: [ObjectIdentifier: Guest] = [:]
    /// Connections of those that get no answer.
    private var unanswered: [ControlChannel] = []
    private(set) var refusals = RefusalLog()

    init(
        secret: RunSecret,
        purpose: HandshakePurpose,
        answer: HandshakePurpose,
        mayEnter: @escaping (Rank) -> Bool,
        isDeaf: @escaping (Rank) -> Bool = { _ in false },
        onEnter: @escaping (Rank, Hello, ControlChannel) -> Void
    ) {
        self.secret = secret
        self.purpose = purpose
        self.answer = answer
        self.mayEnter = mayEnter
        self.isDeaf = isDeaf
        self.onEnter = onEnter
    }

    /// Asks a new connection for its proof.
    func knock(_ connection: Connection) {
        makeRoom()
        let channel = ControlChannel(connection)
        let key = ObjectIdentifier(channel)
        let challenge = RunSecret.nonce()
        channel.onMessage = { [unowned self] message in self.heard(message, from: key) }
        channel.onEnd = { [unowned self] reason in self.left(key, reason) }
        guests[key] = Guest(
            channel: channel,
            challenge: challenge,
            deadline: Loop.hostNanoseconds + Self.patience
        )
        do throws(LoopError) {
            try channel.begin()
            channel.send(.challenge(Challenge(nonce: challenge)))
        } catch {
            refuse(key, error.description)
        }
    }

    /// A connection that could not be taken at all.
    func missed(_ error: LoopError) {
        let advice = error.isOutOfDescriptors ? ": nobody else is let in; raise 'ulimit -n'" : ""
        refusals.count("\(error)\(advice)")
    }

    /// A crowd that says nothing must not keep our own out: the longest there goes first, because
    /// an honest handshake is over in milliseconds.
    private func makeRoom() {
        guard guests.count >= Self.pendingMax,
            let oldest = guests.min(by: { $0.value.deadline < $1.value.deadline })
        else { return }
        refuse(oldest.key, "the oldest of more than \(Self.pendingMax) handshakes at once")
    }

    /// Sends away who takes too long.
    func sweep() {
        let now = Loop.hostNanoseconds
        for (key, guest) in guests where guest.deadline <= now {
            refuse(key, "no proof within \(Self.patience / 1_000_000) ms")
        }
    }

    /// Sends everybody away who is not in yet; they count as strangers unless our own may still
    /// be among them.
    func close(counting: Bool = true) {
        for channel in unanswered { channel.close() }
        unanswered = []
        guard counting else {
            for guest in guests.values { guest.channel.close() }
            guests = [:]
            return
        }
        for key in guests.keys { refuse(key, "no proof before the run ended") }
    }

    private func heard(_ message: ControlMessage, from key: ObjectIdentifier) {
        guard let guest = guests[key] else { return }
        guard case .hello(let hello) = message else {
            refuse(key, "another message than Hello")
            return
        }
        guard hello.version == protocolVersion else {
            refuse(key, "protocol version \(hello.version), expected \(protocolVersion)")
            return
        }
        let expected = secret.proof(
            purpose,
            rank: hello.rank,
            challenge: guest.challenge,
            answer: hello.nonce
        )
        guard hello.nonce.count == RunSecret.size, RunSecret.areEqual(expected, hello.proof) else {
            refuse(key, "a wrong proof of the run's secret")
            return
        }
        let rank = Rank(hello.rank)
        guard !isDeaf(rank) else {
            guests[key] = nil
            guest.channel.onMessage = nil
            guest.channel.onEnd = nil
            unanswered.append(guest.channel)
            return
        }
        guard mayEnter(rank) else {
            refuse(key, "a rank that is not expected")
            return
        }
        guests[key] = nil
        let proof = secret.proof(
            answer,
            rank: hello.rank,
            challenge: hello.nonce,
            answer: guest.challenge
        )
        guest.channel.limit = ControlCodec.limit
        guest.channel.send(.welcome(Welcome(proof: proof)))
        onEnter(rank, hello, guest.channel)
    }

    private func left(_ key: ObjectIdentifier, _ reason: String) {
        guard guests.removeValue(forKey: key) != nil else { return }
        refusals.count(reason)
    }

    private func refuse(_ key: ObjectIdentifier, _ reason: String) {
        guests.removeValue(forKey: key)?.channel.close()
        refusals.count(reason)
    }
}
