import Foundation
import Glibc
import Testing

/// Processes that die, hang or are told to stop.
@Suite(.serialized, .timeLimit(.minutes(20))) struct BadLuckTests {
    /// A long run that has measured something, and its four workers.
    private func underWay() throws -> (ProgramRun, [Int: Int32]) {
        let run = try ProgramRun("run", ProgramRun.long)
        try #require(run.waitForSteps(2), "\(run.standardError)")
        let workers = WorkerProcesses.of(run)
        try #require(workers.count == 4)
        return (run, workers)
    }

    private func expectAllGone(_ workers: [Int: Int32], within seconds: Double) {
        let areGone = ProgramRun.poll(within: seconds) {
            WorkerProcesses.alive(among: workers.values).isEmpty
        }
        #expect(areGone)
    }

    @Test func `a killed worker ends the run, named, and what was measured stays`() throws {
        let (run, workers) = try underWay()
        kill(try #require(workers[3]), SIGKILL)
        #expect(run.end() == 1)
        #expect(run.standardError.contains("error: worker 3 killed by signal 9 while"))
        expectAllGone(workers, within: 0)
        #expect(run.steps.count > 2)
        #expect((run.results["outcome"] as? String)?.contains("worker 3") == true)
        #expect((run.results["routers"] as? [Any])?.count == 1)
    }

    @Test func `a stopped worker is named after 5 s of silence`() throws {
        let (run, workers) = try underWay()
        kill(try #require(workers[1]), SIGSTOP)
        #expect(run.end() == 1)
        #expect(run.standardError.contains("error: worker 1 has not answered for 5"))
        expectAllGone(workers, within: 0)
    }

    @Test(arguments: [false, true])
    func `no worker outlives a killed coordinator`(withStopped isStopped: Bool) throws {
        let (run, workers) = try underWay()
        if isStopped { kill(try #require(workers[2]), SIGSTOP) }
        kill(run.identifier, SIGKILL)
        expectAllGone(workers, within: 2)
    }

    @Test func `a worker stopped before it joins is named`() throws {
        let run = try ProgramRun("run", ProgramRun.long)
        #expect(ProgramRun.poll(within: 60) { WorkerProcesses.of(run)[1] != nil })
        kill(try #require(WorkerProcesses.of(run)[1]), SIGSTOP)
        #expect(run.end() == 1)
        // It may have joined by then.
        #expect(run.standardError.contains("worker 1"), "\(run.standardError)")
        #expect(!run.standardError.contains("after 20"))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `an interrupted run says so and keeps its steps`(signal: Int32) throws {
        let (run, workers) = try underWay()
        kill(run.identifier, signal)
        #expect(run.end() == 130)
        expectAllGone(workers, within: 0)
        #expect(run.results["outcome"] as? String == "interrupted")
        #expect(run.workersLog.isEmpty)
        #expect(run.steps.count > 2)
        let leaks = run.results["leaks"] as? [String: Int] ?? [:]
        #expect(leaks == ["processes": 0, "sockets": 0, "shared_memory": 0])
    }

    @Test func `an interrupted launch ends at once`() throws {
        let run = try ProgramRun("run", ProgramRun.long)
        #expect(ProgramRun.poll(within: 60) { !WorkerProcesses.of(run).isEmpty })
        let workers = WorkerProcesses.of(run)
        kill(run.identifier, SIGINT)
        #expect(run.end() == 130)
        expectAllGone(workers, within: 0)
        // Nothing late is not the same as nothing measured.
        let fidelity = run.results["fidelity"] as? [String: Any] ?? [:]
        #expect(fidelity["verdict"] as? String == "suspect")
    }

    @Test func `a second interrupt kills who does not leave`() throws {
        let (run, workers) = try underWay()
        kill(try #require(workers[0]), SIGSTOP)
        kill(run.identifier, SIGINT)
        // The three others leave in order first.
        let haveLeft = ProgramRun.poll(within: 1) {
            WorkerProcesses.alive(among: workers.values).count == 1
        }
        #expect(haveLeft)
        kill(run.identifier, SIGINT)
        #expect(run.end(within: 1.8) == 130)
        expectAllGone(workers, within: 0)
    }
}
