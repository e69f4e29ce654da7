import ClusterModel
import Testing

@testable import Standing

@Suite struct `A standing cluster` {
    private static let pace = StandingPace(pause: 500, length: 10_000, steps: 4)

    /// Launched at 1000, with so many steps behind it, each of 100.
    private func machine(steps: Int = 0, pace: StandingPace = pace) -> (StandingMachine, Int64) {
        var machine = StandingMachine(pace)
        machine.launched(at: 1000)
        var now: Int64 = 1000
        for _ in 0..<steps {
            if case .rest(let until) = machine.action(at: now) {
                now = until
                _ = machine.action(at: now)
            }
            now += 100
            machine.stepEnded(at: now)
        }
        return (machine, now)
    }

    @Test func `begins at once and rests between steps`() {
        var (machine, _) = machine()
        #expect(machine.action(at: 1000) == .begin(step: 0))
        #expect(machine.phase == .stepping && machine.next == 1 && machine.done == 0)
        machine.stepEnded(at: 1100)
        #expect(machine.action(at: 1100) == .rest(until: 1600))
        #expect(machine.action(at: 1599) == .rest(until: 1600))
        #expect(machine.action(at: 1600) == .begin(step: 1))
    }

    @Test func `ends with its last step`() {
        var (machine, now) = machine(steps: 4)
        #expect(machine.action(at: now) == .end(.steps))
        #expect(machine.action(at: now) == .end(.steps) && machine.done == 4)
    }

    @Test func `ends when its time is over, and rests no longer than that`() {
        var (machine, now) = machine(
            steps: 1,
            pace: StandingPace(pause: 20_000, length: 10_000, steps: 4)
        )
        #expect(machine.endsAt == 11_000)
        #expect(machine.action(at: now) == .rest(until: 11_000))
        now = 11_000
        #expect(machine.action(at: now) == .end(.time))
    }

    @Test func `that is asked to end does so after the step under way`() {
        var (machine, _) = machine()
        #expect(machine.action(at: 1000) == .begin(step: 0))
        #expect(machine.heard(.down(now: false)) == .leave)
        #expect(machine.phase == .ending)
        machine.stepEnded(at: 1100)
        #expect(machine.action(at: 1100) == .end(.asked) && machine.done == 1)
        #expect(machine.heard(.down(now: false)) == .leave, "asking twice changes nothing")
    }

    @Test func `gives the step up if it has to end now, or has no mesh yet`() {
        var (machine, now) = machine(steps: 1)
        #expect(machine.heard(.down(now: true)) == .abort)
        #expect(machine.action(at: now) == .end(.asked))
        var early = StandingMachine(Self.pace)
        #expect(early.heard(.down(now: false)) == .abort)
        #expect(early.end == .asked)
    }

    @Test func `takes a signal as a wish, and the second as an order`() {
        var (machine, now) = machine(steps: 2)
        #expect(machine.signalled() == .leave)
        #expect(machine.signalled() == .abort)
        #expect(machine.action(at: now) == .end(.signalled))
    }

    @Test func `gives faults the first step that has not begun`() {
        var (machine, now) = machine(steps: 2)
        #expect(machine.heard(.fault("kind=kill,npu=1")) == .fault("kind=kill,npu=1", next: 2))
        now += 500
        #expect(machine.action(at: now) == .begin(step: 2))
        #expect(machine.heard(.heal(1)) == .heal(1, next: 3))
        #expect(machine.heard(.status) == .tell)
    }

    @Test func `takes no faults when no step will come`() {
        var (last, now) = machine(steps: 3)
        now += 500
        #expect(last.action(at: now) == .begin(step: 3))
        guard case .refuse = last.heard(.fault("kind=kill")) else {
            Issue.record("the last step has begun")
            return
        }
        var (ending, _) = machine(steps: 1)
        _ = ending.heard(.down(now: false))
        guard case .refuse = ending.heard(.heal(0)) else {
            Issue.record("it is ending")
            return
        }
    }

    @Test(arguments: [(500, 1_000, 2), (1, 5_000_000, 1_000_000), (5_000, 1_000, 1)])
    func `has no more steps than its pauses leave room for`(
        pause: Int64,
        length: Int64,
        steps: Int
    ) {
        #expect(StandingPace.steps(pause: pause, length: length) == steps)
    }

    /// Whatever is asked whenever: steps come one by one, none after the end, none too early.
    @Test(arguments: UInt64(0)..<50) func `keeps its pace whatever is asked`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machine = StandingMachine(StandingPace(pause: 50, length: 3_000, steps: 20))
        var (now, begun, isUnderWay, ended): (Int64, Int, Bool, Bool) = (0, 0, false, false)
        var restsUntil: Int64 = 0
        machine.launched(at: 0)
        for _ in 0..<2_000 {
            now += Int64(random.next(below: 40))
            switch random.next(below: 400) {
            case 0: _ = machine.signalled()
            case 1: _ = machine.heard(.down(now: random.next(below: 2) == 0))
            case 2..<30: _ = machine.heard(.fault("kind=kill"))
            default: break
            }
            if isUnderWay {
                machine.stepEnded(at: now)
                (isUnderWay, restsUntil) = (false, now + 50)
                continue
            }
            switch machine.action(at: now) {
            case .begin(let step):
                #expect(step == begun && now >= restsUntil && !ended && now < 3_000)
                (begun, isUnderWay) = (begun + 1, true)
            case .rest(let until): #expect(until > now && until <= restsUntil)
            case .end: ended = true
            }
        }
        #expect(ended && begun <= 20 && machine.done == begun)
    }
}
