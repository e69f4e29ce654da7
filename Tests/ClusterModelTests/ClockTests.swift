import ClusterModel
import Testing

@Suite struct `Emulated time and the host's` {
    @Test func `run at the dilation's ratio from the origin`() {
        let clock = EmulatedClock(origin: 1_000_000, dilation: 500)
        #expect(clock.instant(atHost: 1_000_000) == .zero)
        // 5 µs of the host are 10 ns.
        #expect(clock.instant(atHost: 1_005_000).picoseconds == 10_000)
        #expect(clock.host(of: Instant(picoseconds: 10_000)) == 1_005_000)
        #expect(clock.emulated(hostNanoseconds: 5_000).picoseconds == 10_000)
    }

    @Test func `are negative before the start, and reach zero at it`() {
        let clock = EmulatedClock(origin: 1_000_000, dilation: 5_000)
        #expect(clock.instant(atHost: 995_000).picoseconds == -1_000)
        // A nanosecond of the host is less than a picosecond here: rounding goes down, not
        // towards zero, or the step would start early.
        #expect(clock.instant(atHost: 999_999).picoseconds == -1)
        #expect(clock.host(of: .zero) == 1_000_000)
    }

    @Test(arguments: UInt64(0)..<100)
    func `find the first host instant at which an instant has come`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let dilation = [1, 1.5, 1_000, 7_213.25, 100_000][random.next(below: 5)]
        var clock = EmulatedClock(
            origin: Int64(random.next(below: 1 << 50)),
            dilation: dilation
        )
        clock.jump(toSkipped: Interval(picoseconds: Int64(random.next(below: 1 << 40))))
        for _ in 0..<100 {
            let instant = Instant(picoseconds: Int64(random.next(below: 1 << 42)) - 1 << 40)
            let host = clock.host(of: instant)
            #expect(clock.instant(atHost: host) >= instant)
            #expect(clock.instant(atHost: host - 1) < instant)
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func `never go back, whatever jumps`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var clock = EmulatedClock(origin: 0, dilation: 3)
        var host: Int64 = -1_000
        var last = clock.instant(atHost: host)
        for _ in 0..<200 {
            host += Int64(random.next(below: 50))
            if random.next(below: 5) == 0 {
                // Old jumps come late, too.
                clock.jump(toSkipped: Interval(picoseconds: Int64(random.next(below: 100_000))))
            }
            let now = clock.instant(atHost: host)
            #expect(now >= last)
            last = now
        }
    }

    @Test func `jump to what was agreed in all, not by it`() {
        var clock = EmulatedClock(origin: 0, dilation: 1)
        clock.jump(toSkipped: Interval(picoseconds: 500))
        clock.jump(toSkipped: Interval(picoseconds: 500))
        clock.jump(toSkipped: Interval(picoseconds: 300))
        #expect(clock.skipped.picoseconds == 500)
        #expect(clock.instant(atHost: 1).picoseconds == 1_500)
    }

    @Test func `need a dilation above zero`() async {
        await #expect(processExitsWith: .failure) {
            _ = EmulatedClock(origin: 0, dilation: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = EmulatedClock(origin: 0, dilation: .nan)
        }
    }
}

@Suite struct `Interval arithmetic` {
    private let one = Interval(picoseconds: 1_000)

    @Test func `adds, subtracts and compares`() {
        #expect((one + one).picoseconds == 2_000)
        #expect((one - one - one).picoseconds == -1_000)
        #expect(.zero - one < .zero)
        var sum = one
        sum += one
        #expect(sum == one + one)
    }

    @Test func `moves instants`() {
        let start = Instant(picoseconds: 7)
        #expect((start + one).picoseconds == 1_007)
        #expect((start - one).picoseconds == -993)
        #expect((start + one) - start == one)
    }

    @Test func `converts from and to seconds by the nearest picosecond`() {
        #expect(Interval(seconds: 1.5e-6).picoseconds == 1_500_000)
        #expect(Interval(seconds: 1.4e-12).picoseconds == 1)
        #expect(Interval(seconds: -1.6e-12).picoseconds == -2)
        #expect(Interval(picoseconds: 2_500_000).microseconds == 2.5)
        #expect(Interval(picoseconds: 2_500_000_000_000).seconds == 2.5)
        #expect(Interval(picoseconds: 2_500_000).description == "2.5 µs")
    }
}
