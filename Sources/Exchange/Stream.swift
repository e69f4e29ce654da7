// What travels between two ranks in one exchange. A message is what one rank has for another; a
// stream is a run of a message's bytes on one hop of its way. Most messages are one stream;
// algorithms that relay cut them into several, each of which takes a way of its own.

import ClusterModel

/// A run of a message's bytes.
public struct MessageRun: Sendable, Hashable {
    private let originIndex: Int32
    private let finalIndex: Int32
    private let quantumBytes: Int32
    /// Of the run in the message.
    public let offset: Int
    public let bytes: Int

    /// `quantum` is the most bytes that leave in one turn if an algorithm wants less than the
    /// plan's chunk; 0: the plan's.
    public init(origin: Rank, final: Rank, offset: Int, bytes: Int, quantum: Int = 0) {
        originIndex = Int32(origin.index)
        finalIndex = Int32(final.index)
        quantumBytes = Int32(quantum)
        self.offset = offset
        self.bytes = bytes
    }

    /// Whose message it is.
    public var origin: Rank { Rank(Int(originIndex)) }
    /// Whom it is for.
    public var final: Rank { Rank(Int(finalIndex)) }

    /// The most bytes of one of its chunks, where the plan allows `most`.
    public func chunk(most: Int) -> Int { quantum > 0 ? min(quantum, most) : most }

    /// The most bytes of one turn, 0 where the plan decides.
    public var quantum: Int { Int(quantumBytes) }
}

/// Where a rank has the bytes of a stream that it sends.
public enum StreamSupply: Sendable, Hashable {
    /// It is the message's origin.
    case own
    /// They came, or come, with a stream it receives in `round` of the same exchange.
    case relayed(round: Int32, stream: Int32)
}

/// Bytes that a rank sends to a peer in one stage.
public struct OutgoingStream: Sendable, Hashable {
    private let peerIndex: Int32
    private let slotIndex: Int32
    public let run: MessageRun
    public let supply: StreamSupply
    /// Whether a port is occupied by the beginning of a message before its first byte; streams
    /// that an algorithm gathers into one message pay for that once.
    public let opensMessage: Bool

    public init(
        peer: Rank,
        slot: Int,
        run: MessageRun,
        supply: StreamSupply,
        opensMessage: Bool
    ) {
        peerIndex = Int32(peer.index)
        slotIndex = Int32(slot)
        self.run = run
        self.supply = supply
        self.opensMessage = opensMessage
    }

    public var peer: Rank { Rank(Int(peerIndex)) }
    /// Its number among the streams that the peer receives in this stage.
    public var slot: Int { Int(slotIndex) }
}

/// Bytes that a rank receives from a peer in one stage.
public struct IncomingStream: Sendable, Hashable {
    private let peerIndex: Int32
    public let run: MessageRun

    public init(peer: Rank, run: MessageRun) {
        peerIndex = Int32(peer.index)
        self.run = run
    }

    public var peer: Rank { Rank(Int(peerIndex)) }
}
