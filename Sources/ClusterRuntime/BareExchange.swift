// A matrix exchanged for its own sake: bytes that both ends can compute from the seed.

import ClusterModel
import Exchange
import Wire

/// One rank's part of a bare exchange.
final class BareExchange: StepWork {
    private let rank: Rank
    private let seed: UInt64
    private let stamp: Int
    private let send: [Int]
    private let receive: [Int]
    private let buffers: ExchangeBuffers
    private let layout: RankLayout

    init(
        rank: Rank,
        prepare: Prepare,
        layout: RankLayout,
        seed: UInt64,
        buffers: ExchangeBuffers
    ) {
        self.rank = rank
        self.layout = layout
        self.seed = seed
        stamp = prepare.stamp
        send = prepare.send
        receive = prepare.receive
        self.buffers = buffers
        buffers.outgoing.resize(send)
        for peer in send.indices {
            fill(buffers.outgoing.bytes(of: peer), from: rank.index, to: peer)
        }
    }

    var input: RankInput {
        RankInput(
            send: send,
            kept: [],
            offered: 0,
            dropped: 0,
            capacity: 0,
            gate: .zero,
            expert: .zero,
            bufferBytes: buffers.outgoing.count + buffers.visiting.count
        )
    }

    func counts(for peer: Rank) -> [UInt8] {
        withUnsafeBytes(of: UInt64(send[peer.index]).littleEndian) { Array($0) }
    }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        guard counts.count == 8 else {
            throw StepProblem(description: "\(counts.count) bytes of counts from rank \(peer)")
        }
        let bytes = Int(clamping: UInt64(littleEndian: counts.loadUnaligned(as: UInt64.self)))
        guard bytes == receive[peer.index] else {
            throw StepProblem(
                description: "rank \(peer) announces \(bytes) bytes, the matrix says "
                    + "\(receive[peer.index])"
            )
        }
    }

    func ready() { buffers.visiting.resize(receive) }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) { ([send], [receive]) }

    func stageEnded(_ role: StageRole) {}

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.outgoing.bytes(of: rank.index)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.visiting.bytes(of: rank.index)
    }

    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        var digest: UInt32 = 0
        for peer in receive.indices where peer != rank.index {
            let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: peer))
            let wrong = firstDifference(bytes, from: peer, to: rank.index)
            verification.bytes += bytes.count
            if let wrong {
                verification.mismatch("byte \(wrong) from rank \(peer) is not as it was sent")
            }
            digest = CRC32C.of(bytes, after: digest)
        }
        return (verification, digest)
    }

    /// A stream of random words that depends on who sends what to whom; the ranks of a
    /// tensor-parallel group have the same to send.
    private func stream(from source: Int, to destination: Int) -> SeededRandom {
        let source = layout.leader(of: Rank(source)).index
        let destination = layout.leader(of: Rank(destination)).index
        return SeededRandom(seed: seed, UInt64(stamp), UInt64(source), UInt64(destination))
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, from source: Int, to peer: Int) {
        var random = stream(from: source, to: peer)
        var offset = 0
        while offset + 8 <= bytes.count {
            bytes.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < bytes.count {
            bytes[offset] = UInt8(truncatingIfNeeded: random.next())
            offset += 1
        }
    }

    private func firstDifference(
        _ bytes: UnsafeRawBufferPointer,
        from source: Int,
        to peer: Int
    ) -> Int? {
        var random = stream(from: source, to: peer)
        var offset = 0
        while offset + 8 <= bytes.count {
            if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != random.next() {
                return offset
            }
            offset += 8
        }
        while offset < bytes.count {
            if bytes[offset] != UInt8(truncatingIfNeeded: random.next()) { return offset }
            offset += 1
        }
        return nil
    }
}
