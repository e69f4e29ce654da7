import EventLoop
import Testing

@Suite(.timeLimit(.minutes(10))) struct `Bytes through a connection` {
    @Test func `come back from an echo as they were sent, more than a socket holds`() throws {
        let ends = try Loopback()
        let sent = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var back: [UInt8] = []
        let server = try #require(ends.server)
        try server.read(into: EchoTarget { server.write($0) })
        try ends.client.read(
            into: EchoTarget {
                back += $0
                if back.count == sent.count { ends.loop.stop() }
            }
        )
        ends.client.write(sent)
        ends.loop.run()
        #expect(back == sent)
        ends.close()
        #expect(ends.loop.openHandles == 0)
    }

    @Test func `are read without a turn of the loop once they have come`() throws {
        let ends = try Loopback()
        let server = try #require(ends.server)
        var came: [UInt8] = []
        try server.read(into: EchoTarget { came += $0 })
        server.readNow()
        #expect(came.isEmpty)
        ends.client.write([1, 2, 3])
        // The kernel may bring them over a little later.
        for _ in 0..<1_000_000 where came.isEmpty {
            server.readNow()
            ThisProcess.yield()
        }
        #expect(came == [1, 2, 3])
        server.readNow()
        #expect(came == [1, 2, 3])
        ends.close()
        server.readNow()
        #expect(came == [1, 2, 3])
        #expect(ends.loop.openHandles == 0)
    }

    @Test(arguments: [false, true])
    func `of a batch arrive in its order, and its end is told once`(isEnqueued: Bool) throws {
        let ends = try Loopback()
        var released = 0
        var keeper: Keeper? = Keeper(bytes: 6_000_000) { released += 1 }
        let head: [UInt8] = [1, 2, 3]
        var drained = 0
        var came: [UInt8] = []
        let total = head.count + 6_000_000
        let server = try #require(ends.server)
        try server.read(
            into: EchoTarget {
                came += $0
                if came.count == total { ends.loop.stop() }
            }
        )
        ends.client.onDrained = { drained += 1 }
        try head.withUnsafeBytes { bytes in
            var batch = WriteBatch()
            batch.append(bytes)
            batch.append(UnsafeRawBufferPointer(try #require(keeper).memory))
            if isEnqueued {
                ends.client.enqueue(batch, owner: keeper)
            } else {
                #expect(!ends.client.write(batch, owner: keeper))
            }
            keeper = nil
            #expect(released == 0)
            ends.loop.run()
        }
        #expect(came.prefix(4) == [1, 2, 3, 7])
        #expect(came.dropFirst(3).allSatisfy { $0 == 7 })
        // The callback of the last bytes may come a turn after they were read.
        ends.loop.runOnce()
        #expect(drained == 1)
        #expect(released == 1)
        ends.close()
    }

    @Test func `that wait are given up when it is closed`() throws {
        let ends = try Loopback()
        var released = 0
        var drained = 0
        ends.client.onDrained = { drained += 1 }
        do {
            let keeper = Keeper(bytes: 1 << 26) { released += 1 }
            // Nobody reads: the socket cannot take all of it.
            #expect(!ends.client.write(keeper.batch, owner: keeper))
        }
        #expect(released == 0)
        #expect(ends.client.queuedBytes > 0)
        ends.close()
        #expect(released == 1)
        #expect(drained == 0)
        #expect(ends.loop.openHandles == 0)
    }

    @Test func `are told to have ended when the peer closes`() throws {
        let ends = try Loopback()
        var end: LoopError?
        try ends.client.read(
            into: EchoTarget(onBytes: { _ in }) {
                end = $0
                ends.loop.stop()
            }
        )
        ends.server?.close()
        ends.loop.run()
        #expect(end?.isEndOfStream == true)
        ends.close()
    }
}
