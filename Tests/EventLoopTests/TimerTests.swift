import EventLoop
import Testing

@Suite(.timeLimit(.minutes(10))) struct `Deadline timers` {
    @Test func `fire each, and never before its instant`() throws {
        let loop = try Loop()
        let now = Loop.hostNanoseconds
        let delays = [3_000_000, 1_000_000, 2_000_000] as [Int64]
        var fired: [(delay: Int64, at: Int64)] = []
        let timers = try delays.map { delay in
            try DeadlineTimer(on: loop) {
                fired.append((delay, Loop.hostNanoseconds))
                if fired.count == delays.count { loop.stop() }
            }
        }
        for (timer, delay) in zip(timers, delays) { timer.arm(at: now + delay) }
        loop.run()
        for (delay, at) in fired { #expect(at >= now + delay) }
        #expect(Set(fired.map(\.delay)) == Set(delays))
        for timer in timers { timer.close() }
        loop.run()
    }

    @Test func `forget an instant that another took the place of`() throws {
        let loop = try Loop()
        var fired = 0
        let timer = try DeadlineTimer(on: loop) {
            fired += 1
            loop.stop()
        }
        let start = Loop.hostNanoseconds
        timer.arm(at: start + 1_000_000)
        timer.arm(at: start + 4_000_000)
        loop.run()
        #expect(fired == 1)
        #expect(Loop.hostNanoseconds >= start + 4_000_000)
        timer.close()
        loop.run()
    }

    @Test func `fire at once for the past, and not at all when disarmed`() throws {
        let loop = try Loop()
        var names: [String] = []
        let disarmed = try DeadlineTimer(on: loop) { names.append("disarmed") }
        let past = try DeadlineTimer(on: loop) {
            names.append("past")
            loop.stop()
        }
        disarmed.arm(at: Loop.hostNanoseconds)
        disarmed.arm(at: nil)
        past.arm(at: 1)
        loop.run()
        #expect(names == ["past"])
        disarmed.close()
        past.close()
        loop.run()
    }

    @Test func `polls the last stretch, and never fires before its instant`() throws {
        let loop = try Loop()
        let now = Loop.hostNanoseconds
        let delays = [300_000, 2_000_000, -1_000_000] as [Int64]
        var fired: [(delay: Int64, at: Int64)] = []
        let timers = try delays.map { delay in
            try DeadlineTimer(on: loop) {
                fired.append((delay, Loop.hostNanoseconds))
                if fired.count == delays.count { loop.stop() }
            }
        }
        for (timer, delay) in zip(timers, delays) {
            timer.pollNanoseconds = 500_000
            timer.arm(at: now + delay)
        }
        loop.run()
        for (delay, at) in fired { #expect(at >= now + delay) }
        #expect(Set(fired.map(\.delay)) == Set(delays))
        for timer in timers { timer.close() }
        loop.run()
        #expect(loop.openHandles == 0)
    }

    @Test func `forgets an instant while it polls for it`() throws {
        let loop = try Loop()
        var fired: [Int64] = []
        let timer = try DeadlineTimer(on: loop) { fired.append(Loop.hostNanoseconds) }
        // So far away that no host is too slow for a few turns before it.
        timer.pollNanoseconds = 50_000_000_000
        let now = Loop.hostNanoseconds
        timer.arm(at: now + 40_000_000_000)
        var turns = 0
        while turns < 20 {
            loop.runOnce()
            turns += 1
        }
        timer.arm(at: nil)
        for _ in 0..<20 { loop.runOnce() }
        #expect(fired.isEmpty)
        timer.close()
        loop.run()
    }
}
