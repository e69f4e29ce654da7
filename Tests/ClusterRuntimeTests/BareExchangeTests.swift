import ClusterModel
import Exchange
import Testing
import Wire

@testable import ClusterRuntime

/// On the bare engine no checksum stands for the payload: this comparison is all.
@Suite struct `Payload of a bare exchange` {
    private static let bytes = 1003

    private func exchange(_ rank: Int) -> BareExchange {
        var row = [Self.bytes, Self.bytes]
        row[rank] = 0
        return BareExchange(
            rank: Rank(rank),
            prepare: Prepare(
                serial: 0,
                step: 0,
                router: 0,
                segment: .exchange,
                send: row,
                receive: row
            ),
            layout: RankLayout(
                nodes: 1,
                npusPerNode: 2,
                parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
                experts: 2
            ),
            seed: 7,
            buffers: ExchangeBuffers()
        )
    }

    /// What rank 0 says of rank 1's payload, of which the byte at `place` is damaged.
    private func verification(damagedAt place: Int?) -> Verification {
        let receiver = exchange(0)
        receiver.ready()
        let sender = exchange(1)
        let incoming = receiver.incoming(exchange: 0, from: Rank(1))
        incoming.copyMemory(
            from: UnsafeRawBufferPointer(sender.outgoing(exchange: 0, to: Rank(0)))
        )
        if let place { incoming[place] ^= 1 }
        return receiver.verify().0
    }

    @Test func `is right as it was sent`() {
        #expect(verification(damagedAt: nil).mismatches == 0)
        #expect(verification(damagedAt: nil).bytes == Self.bytes)
    }

    @Test(arguments: [0, 7, 8, 511, 999, 1000, 1002])
    func `is not with one bit wrong, wherever that is`(place: Int) {
        #expect(verification(damagedAt: place).mismatches == 1)
    }

    @Test(arguments: [FrameKind.chunk, .counts, .request])
    func `is not under its frame's checksum, that of shaped links and of other frames is`(
        kind: FrameKind
    ) {
        let payload: [UInt8] = [1, 2, 3]
        payload.withUnsafeBytes { bytes in
            #expect(PayloadProof.checksum.covered(bytes, of: kind).count == 3)
            #expect(
                PayloadProof.comparison.covered(bytes, of: kind).count == (kind == .chunk ? 0 : 3)
            )
        }
    }
}
