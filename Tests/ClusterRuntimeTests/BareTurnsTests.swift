import EventLoop
import Testing

@testable import ClusterRuntime

@Suite(.timeLimit(.minutes(10))) struct `Turns of the bare engine` {
    /// Turns a loop; `play` is given the turns and what counts the calls.
    private func turns(_ play: (Loop, BareTurns, () -> Int) throws -> Void) throws {
        let loop = try Loop()
        let turns = try BareTurns(on: loop)
        var calls = 0
        turns.onTurn = { calls += 1 }
        try play(loop, turns) { calls }
        turns.close()
        loop.run()
        #expect(loop.openHandles == 0)
    }

    @Test func `answer for all that has come, once`() throws {
        try turns { loop, turns, calls in
            turns.start(reading: [])
            #expect(turns.came())
            #expect(turns.came())
            #expect(calls() == 0)
            loop.runOnce()
            loop.runOnce()
            #expect(calls() == 1)
            #expect(turns.came())
            loop.runOnce()
            #expect(calls() == 2)
        }
    }

    @Test func `answer for nothing before they start and after they stop`() throws {
        try turns { loop, turns, calls in
            #expect(!turns.came())
            turns.start(reading: [])
            #expect(turns.came())
            turns.stop()
            #expect(!turns.came())
            loop.runOnce()
            #expect(calls() == 0)
        }
    }
}
