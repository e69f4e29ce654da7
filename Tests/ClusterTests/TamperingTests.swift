import ClusterModel
import Testing

/// Frames that are not as they were sent, at a real worker over real sockets.
@Suite(.serialized, .timeLimit(.minutes(20))) struct TamperingTests {
    private func play(_ tampering: Tampering) throws -> TamperingPeer {
        let peer = try TamperingPeer(tampering)
        try peer.play(
            worker: ProgramRun.builtFolder.appendingPathComponent("moecluster-worker").path
        )
        return peer
    }

    @Test func `an honest peer is believed, a wrong secret before it refused and counted`() throws {
        let peer = try play(.none)
        #expect(peer.failure == nil)
        #expect(peer.done?.mismatches == 0)
        #expect(peer.done?.verifiedBytes ?? 0 > 0)
        #expect(peer.refusals == ["1 x a wrong proof of the run's secret"])
    }

    @Test func `a wrong byte under a right checksum is a mismatch`() throws {
        let peer = try play(.wrongContent)
        #expect(peer.done?.mismatches == 1)
        #expect(peer.done?.firstMismatch.contains("from rank 1 is not as it was sent") == true)
    }

    @Test(arguments: [
        (Tampering.flippedByte, "corrupt"), (.lostChunk, "sequence"), (.doubledChunk, "sequence"),
        (.wrongSource, "a frame of rank 0 from rank 1"), (.garbage, "a frame that begins with"),
    ])
    func `a frame that may not be names the peer`(tampering: Tampering, says: String) throws {
        let peer = try play(tampering)
        #expect(peer.done == nil)
        let failure = try #require(peer.failure)
        #expect(failure.contains("worker 1"))
        #expect(failure.contains(says))
    }

    @Test func `bytes that never come are named at the deadline`() throws {
        let peer = try play(.lostTail)
        let failure = try #require(peer.failure)
        #expect(failure.contains("misses 65536 bytes from rank 1"))
        // With every sign of life, too: the coordinator judges by that.
        #expect(peer.waiting?.waitsFor == [Rank(1)])
        #expect(peer.waiting?.missingBytes == [65_536])
    }
}
