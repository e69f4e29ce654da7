// Hurts the workers of a run from outside, and looks whether any is left behind.

import ClusterRuntime
import Glibc

/// Plays the faults of a seed on one run.
struct OutsidePlayer {
    let run: ChildRun
    private var waiting: [OutsideFault]
    private let length: Double
    /// When the first worker was seen, and the last: instants count from there.
    private var firstAt: Double?
    private var lastAt = 0.0
    private var stopped: [(worker: pid_t, until: Double)] = []
    private var seen: Set<pid_t> = []
    /// How long a run may take to end after an interrupt: it writes what was measured.
    private static let giveUpSeconds = 15.0
    /// Workers must be gone after the run within this.
    static let orphanSeconds = 2.0
    /// What was done to whom.
    private(set) var applied: [String] = []

    /// Seconds for which there were workers.
    var workedFor: Double { lastAt - (firstAt ?? lastAt) }

    /// How far the run has come: a number that only grows.
    private let progress: () -> Int

    /// `length` is how long there are workers in a run without faults.
    init(
        run: ChildRun,
        faults: [OutsideFault],
        length: Double,
        progress: @escaping () -> Int = { 0 }
    ) {
        (self.run, self.length, self.progress) = (run, length, progress)
        waiting = faults
    }

    /// How a run is left.
    enum End {
        case over(code: Int)
        /// So many seconds old, and not over.
        case late(Double)
        /// So many seconds without a step.
        case stuck(Double)
    }

    /// Plays until the run is over, so many seconds old, or so long without a step.
    ///
    /// - Throws: `InterruptedRun` if somebody asks for the end meanwhile; then the run has ended.
    mutating func play(until bound: Double, progressWithin: Double) throws(InterruptedRun) -> End {
        var (reached, reachedAt, lookedAt) = (progress(), run.age, run.age)
        while run.age < bound {
            if Interruption.isThere { throw giveUp() }
            if let code = run.end() { return .over(code: code) }
            goOn()
            strike()
            if run.age > lookedAt + 0.1 {
                lookedAt = run.age
                let now = progress()
                if now > reached { (reached, reachedAt) = (now, run.age) }
                if run.age > reachedAt + progressWithin { return .stuck(run.age - reachedAt) }
            }
            usleep(3000)
        }
        return .late(run.age)
    }

    /// Hands an interrupt on to the run and waits for its end.
    private mutating func giveUp() -> InterruptedRun {
        for (worker, _) in stopped where ChildRun.isWorker(worker) { kill(worker, SIGCONT) }
        seen.formUnion(run.workers)
        let start = run.age
        kill(run.processIdentifier, SIGINT)
        var code: Int?
        while code == nil, run.age < start + Self.giveUpSeconds {
            code = run.end()
            usleep(3000)
        }
        if code == nil { run.kill() }
        let took = "after \(((run.age - start) * 100).rounded() / 100) s"
        let left = orphans(within: Self.orphanSeconds)
        return InterruptedRun(
            description: "interrupted: the run under way was told so and "
                + (code.map { "ended with \($0) \(took)" } ?? "was killed \(took)")
                + (left > 0 ? "; \(left) of its workers were killed" : "")
        )
    }

    private mutating func goOn() {
        for (worker, until) in stopped where run.age >= until && ChildRun.isWorker(worker) {
            kill(worker, SIGCONT)
        }
        stopped.removeAll { run.age >= $0.until }
    }

    private mutating func strike() {
        let workers = run.workers
        guard !workers.isEmpty else { return }
        seen.formUnion(workers)
        lastAt = run.age
        firstAt = firstAt ?? lastAt
        guard let fault = waiting.first, workedFor >= fault.at * length else { return }
        waiting.removeFirst()
        let worker = workers[Int(fault.victim * Double(workers.count))]
        kill(worker, fault.kind == .kill ? SIGKILL : SIGSTOP)
        if fault.kind == .stop { stopped.append((worker, run.age + fault.length)) }
        applied.append("\(fault.kind.rawValue) at \((run.age * 100).rounded() / 100) s")
    }

    /// Workers that are still there so many seconds after the run; they are ended.
    mutating func orphans(within seconds: Double) -> Int {
        let end = run.age + seconds
        while run.age < end, seen.contains(where: ChildRun.isWorker) { usleep(2000) }
        let left = seen.filter(ChildRun.isWorker)
        for worker in left { kill(worker, SIGKILL) }
        return left.count
    }
}
