// Hurts the workers of a run from outside, and looks whether any is left behind.

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
    /// What was done to whom.
    private(set) var applied: [String] = []

    /// Seconds for which there were workers.
    var workedFor: Double { lastAt - (firstAt ?? lastAt) }

    /// `length` is how long there are workers in a run without faults.
    init(run: ChildRun, faults: [OutsideFault], length: Double) {
        (self.run, self.length) = (run, length)
        waiting = faults
    }

    /// Plays until the run is over or so many seconds old: its exit code, or `nil`.
    mutating func play(until bound: Double) -> Int? {
        while run.age < bound {
            if let code = run.end() { return code }
            goOn()
            strike()
            usleep(3000)
        }
        return nil
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
