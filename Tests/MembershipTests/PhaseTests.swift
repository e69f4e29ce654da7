import ClusterModel
import Membership
import Testing

private let second: Int64 = 1_000_000_000

/// Three workers; every bound differs, so that a wrong one shows.
private let bounds = CoordinatorBounds(
    join: 20 * second,
    mesh: 30 * second,
    prepare: 40 * second,
    leave: 2 * second,
    silence: 5 * second
)

/// The phases in which something is asked of everybody, in their order.
enum Asked: CaseIterable, Sendable {
    case joining
    case meshing
    case preparing
    case loading
    case running
    case checking

    var name: String {
        switch self {
        case .joining: "joining"
        case .meshing: "connecting to its peers"
        case .preparing: "preparing exchange 7"
        case .loading: "loading the program of exchange 7"
        case .running: "running exchange 7"
        case .checking: "checking exchange 7"
        }
    }

    /// Seconds.
    var bound: Int64 {
        switch self {
        case .joining: 20
        case .meshing: 30
        case .preparing, .loading, .checking: 40
        case .running: 50
        }
    }
}

/// A machine with its time.
private struct Drive {
    var machine = CoordinatorMachine(world: 3, bounds: bounds, at: 0)
    var now: Int64 = 0

    /// Brought to the start of a phase.
    init(to phase: Asked) {
        for earlier in Asked.allCases {
            if earlier == .preparing { machine.prepare(serial: 7, at: now) }
            if earlier == .loading { machine.loading(serial: 7, at: now) }
            if earlier == .running { machine.appointed(serial: 7, bound: 50 * second, at: now) }
            if earlier == phase { return }
            for rank in 0..<3 { _ = answer(rank, earlier) }
        }
    }

    mutating func answer(_ rank: Int, _ phase: Asked) -> CoordinatorAction {
        let rank = Rank(rank)
        switch phase {
        case .joining: return machine.joined(rank, at: now)
        case .meshing: return machine.meshReady(rank, at: now)
        case .preparing: return machine.prepared(rank, serial: 7, at: now)
        case .loading: return machine.ready(rank, serial: 7, at: now)
        case .running: return machine.finished(rank, serial: 7, at: now)
        case .checking: return machine.stepDone(rank, serial: 7, at: now)
        }
    }

    mutating func pass(seconds: Int64, heard: [Int] = []) -> CoordinatorAction {
        for _ in 0..<seconds {
            now += second
            for rank in heard { machine.heard(from: Rank(rank), at: now) }
            let action = machine.tick(at: now)
            if action != .wait { return action }
        }
        return .wait
    }
}

@Suite struct `What the coordinator waits for` {
    @Test func `goes from joining to goodbye`() {
        var drive = Drive(to: .joining)
        let after: [CoordinatorAction] = [
            .sendPlan, .meshReady, .compile(serial: 7), .appoint(serial: 7), .check(serial: 7),
            .stepDone(serial: 7),
        ]
        for (phase, action) in zip(Asked.allCases, after) {
            if phase == .preparing { drive.machine.prepare(serial: 7, at: drive.now) }
            if phase == .loading { drive.machine.loading(serial: 7, at: drive.now) }
            if phase == .running {
                drive.machine.appointed(serial: 7, bound: second, at: drive.now)
            }
            #expect(drive.machine.phaseName == phase.name)
            #expect(drive.answer(2, phase) == .wait)
            #expect(drive.answer(0, phase) == .wait)
            #expect(drive.answer(1, phase) == action)
        }
        #expect(drive.machine.phaseName == "idle")
        #expect(drive.machine.leave(running: [Rank(0), Rank(1), Rank(2)], at: 0) == .wait)
        #expect(drive.machine.exited(Rank(1), how: "exited", at: 0) == .wait)
        #expect(drive.machine.exited(Rank(0), how: "exited", at: 0) == .wait)
        #expect(drive.machine.exited(Rank(2), how: "exited", at: 0) == .allGone)
        #expect(drive.machine.phaseName == "gone")
    }

    @Test(arguments: Asked.allCases)
    func `fails when a worker ends, and says during what`(phase: Asked) {
        var drive = Drive(to: phase)
        _ = drive.answer(0, phase)
        #expect(
            drive.machine.exited(Rank(0), how: "was killed by signal 9", at: 0)
                == .fail(
                    .workerEnded(Rank(0), how: "was killed by signal 9", phase: phase.name)
                )
        )
    }

    @Test func `fails when a worker ends between steps`() {
        var drive = Drive(to: .preparing)
        drive = Drive(to: .checking)
        for rank in 0..<3 { _ = drive.answer(rank, .checking) }
        #expect(
            drive.machine.exited(Rank(2), how: "exited", at: 0)
                == .fail(.workerEnded(Rank(2), how: "exited", phase: "idle"))
        )
    }

    @Test(arguments: Asked.allCases.dropFirst())
    func `names a silent worker within its bound`(phase: Asked) {
        var drive = Drive(to: phase)
        #expect(drive.pass(seconds: 4, heard: [0, 2]) == .wait)
        #expect(
            drive.pass(seconds: 1, heard: [0, 2])
                == .fail(.silent(Rank(1), milliseconds: 5_000, phase: phase.name))
        )
    }

    /// Who joins is heard for the first time: before that, late is silent.
    @Test(arguments: Asked.allCases.dropFirst())
    func `names who is late, though not silent`(phase: Asked) {
        var drive = Drive(to: phase)
        _ = drive.answer(1, phase)
        #expect(drive.pass(seconds: phase.bound - 1, heard: [0, 1, 2]) == .wait)
        #expect(
            drive.pass(seconds: 1, heard: [0, 1, 2])
                == .fail(
                    .timedOut(
                        phase: phase.name,
                        milliseconds: Int(phase.bound) * 1_000,
                        missing: [Rank(0), Rank(2)]
                    )
                )
        )
    }

    @Test func `names the first of the waits, not those that only wait`() {
        var drive = Drive(to: .running)
        #expect(drive.pass(seconds: 40, heard: [0, 1, 2]) == .wait)
        // Rank 1 misses early bytes of rank 2, which it has sent; all others wait for rank 1.
        let said = [
            Waiting(stage: 3, peers: [Rank(1)], bytes: [64]),
            Waiting(stage: 1, peers: [Rank(2)], bytes: [4_096]),
            Waiting(stage: 3, peers: [Rank(1)], bytes: [64]),
        ]
        for (rank, waiting) in said.enumerated() {
            let action = drive.machine.heard(
                from: Rank(rank),
                waiting: waiting,
                ping: 1,
                at: drive.now
            )
            #expect(action == .wait)
        }
        let waits = [Wait(Rank(1), for: Rank(2), bytes: 4_096)]
        let failure = RunFailure.stalled(
            phase: "running exchange 7",
            milliseconds: 50_000,
            waits: waits
        )
        #expect(drive.pass(seconds: 10, heard: [0, 1, 2]) == .fail(failure))
        #expect(failure.rootCause == Rank(2))
        #expect(failure.description.hasSuffix("worker 1 still waits for 4096 bytes from worker 2"))
    }

    @Test func `forgets what was said of waits in an earlier phase`() {
        var drive = Drive(to: .loading)
        let waiting = Waiting(peers: [Rank(1)])
        _ = drive.machine.heard(from: Rank(0), waiting: waiting, ping: 1, at: drive.now)
        for rank in 0..<3 { _ = drive.answer(rank, .loading) }
        drive.machine.appointed(serial: 7, bound: 3 * second, at: drive.now)
        #expect(drive.pass(seconds: 2, heard: [0, 1, 2]) == .wait)
        let missing = (0..<3).map(Rank.init)
        #expect(
            drive.pass(seconds: 1, heard: [0, 1, 2])
                == .fail(
                    .timedOut(phase: "running exchange 7", milliseconds: 3_000, missing: missing)
                )
        )
    }

    @Test func `names who says nothing after the launch`() {
        var drive = Drive(to: .joining)
        _ = drive.answer(0, .joining)
        _ = drive.answer(2, .joining)
        #expect(drive.pass(seconds: 4, heard: [0, 2]) == .wait)
        #expect(
            drive.pass(seconds: 1, heard: [0, 2])
                == .fail(.timedOut(phase: "joining", milliseconds: 5_000, missing: [Rank(1)]))
        )
    }

    @Test func `waits while workers still join one after another`() {
        var drive = Drive(to: .joining)
        for rank in 0..<2 {
            #expect(drive.pass(seconds: 4, heard: [0]) == .wait)
            _ = drive.answer(rank, .joining)
        }
        #expect(drive.pass(seconds: 4, heard: [0, 1]) == .wait)
        #expect(drive.answer(2, .joining) == .sendPlan)
    }

    @Test func `counts silence from the end of the launch`() {
        var drive = Drive(to: .joining)
        drive.now = 3 * second
        drive.machine.launched(at: drive.now)
        #expect(drive.pass(seconds: 4) == .wait)
        #expect(
            drive.pass(seconds: 1)
                == .fail(
                    .timedOut(
                        phase: "joining",
                        milliseconds: 8_000,
                        missing: [Rank(0), Rank(1), Rank(2)]
                    )
                )
        )
    }

    @Test func `does not charge its own absence to who has yet to join`() {
        var drive = Drive(to: .joining)
        drive.now = 60 * second
        drive.machine.wasAway(for: drive.now)
        #expect(drive.pass(seconds: 4) == .wait)
    }

    @Test func `is without bound between steps`() {
        var drive = Drive(to: .checking)
        for rank in 0..<3 { _ = drive.answer(rank, .checking) }
        #expect(drive.pass(seconds: 1_000) == .wait)
    }

    @Test func `does not count the time between steps as silence`() {
        var drive = Drive(to: .checking)
        for rank in 0..<3 { _ = drive.answer(rank, .checking) }
        // The coordinator evaluates the step, and nobody pings.
        drive.now += 60 * second
        drive.machine.prepare(serial: 8, at: drive.now)
        #expect(drive.machine.tick(at: drive.now) == .wait)
        #expect(drive.pass(seconds: 4) == .wait)
        #expect(
            drive.pass(seconds: 1)
                == .fail(.silent(Rank(0), milliseconds: 5_000, phase: "preparing exchange 8"))
        )
    }

    @Test func `refuses a rank that has joined, and one that does not exist`() {
        var drive = Drive(to: .joining)
        #expect(drive.machine.mayJoin(Rank(1)))
        _ = drive.answer(1, .joining)
        #expect(!drive.machine.mayJoin(Rank(1)))
        #expect(!drive.machine.mayJoin(Rank(3)))
        #expect(
            drive.answer(1, .joining) == .fail(.protocolViolation(Rank(1), "a second Hello"))
        )
    }

    @Test(arguments: Asked.allCases.dropFirst())
    func `refuses an answer given twice`(phase: Asked) {
        var drive = Drive(to: phase)
        _ = drive.answer(1, phase)
        #expect(
            drive.answer(1, phase)
                == .fail(
                    .protocolViolation(Rank(1), "the same answer twice while \(phase.name)")
                )
        )
    }

    @Test(arguments: Asked.allCases, Asked.allCases)
    func `refuses an answer that nobody asked for`(phase: Asked, answer: Asked) {
        guard phase != answer else { return }
        var drive = Drive(to: phase)
        guard case .fail(.protocolViolation(Rank(0), _)) = drive.answer(0, answer) else {
            Issue.record("\(answer) was taken while \(phase)")
            return
        }
    }

    @Test func `refuses an answer for another step`() {
        var drive = Drive(to: .running)
        #expect(
            drive.machine.finished(Rank(0), serial: 6, at: 0)
                == .fail(.protocolViolation(Rank(0), "Finished while running exchange 7"))
        )
    }

    @Test func `gives up on goodbye after its bound`() {
        var drive = Drive(to: .running)
        #expect(drive.machine.leave(running: [Rank(0), Rank(2)], at: 0) == .wait)
        #expect(drive.pass(seconds: 1) == .wait)
        #expect(drive.pass(seconds: 1) == .allGone)
        #expect(drive.machine.leave(running: [Rank(0)], at: drive.now) == .wait)
    }

    @Test func `ends at once when nobody is left to say goodbye`() {
        var drive = Drive(to: .joining)
        #expect(drive.machine.leave(running: [], at: 0) == .allGone)
        #expect(drive.machine.exited(Rank(0), how: "exited", at: 0) == .wait)
        #expect(drive.machine.tick(at: .max) == .wait)
    }

    @Test(arguments: [
        (RunFailure.workerEnded(Rank(3), how: "exited with 1", phase: "joining"), "3"),
        (.connectionLost(Rank(3), phase: "idle"), "3"),
        (.silent(Rank(3), milliseconds: 5_000, phase: "joining"), "5000 ms"),
        (.reported(Rank(3), "no tokens"), "no tokens"),
        (.planRefused(Rank(3), "no tokens"), "worker 3 has joined and refused its plan: no tokens"),
        (.timedOut(phase: "joining", milliseconds: 9, missing: [Rank(3)]), "worker 3"),
        (.timedOut(phase: "x", milliseconds: 9, missing: [Rank(3), Rank(4)]), "workers 3, 4"),
        (.protocolViolation(Rank(3), "a second Hello"), "a second Hello"),
        (.interrupted, "interrupted"),
    ])
    func `a failure names who and what`(failure: RunFailure, part: String) {
        #expect(failure.description.contains(part))
    }
}
