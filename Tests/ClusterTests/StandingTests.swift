import Foundation
import Glibc
import Testing

/// Clusters that stay, as their users meet them.
@Suite(.serialized, .timeLimit(.minutes(20))) struct `A cluster that stays` {
    private static let restart = ["--set", "recovery.policy=\"restart\""]

    @Test func `is hurt by hand, recovers, and ends with a verdict`() throws {
        let cluster = try StandingCluster(Self.restart)
        #expect(cluster.upCode == 0, "\(cluster.up.standardError)")
        #expect(
            StandingCluster.ranks(cluster.first).map { $0["state"] as? String ?? "" }
                == Array(repeating: "up", count: 4)
        )
        #expect(ProgramRun.poll(within: 120) { cluster.status["samples"] as? Int ?? 0 > 3 })

        let hurt = cluster.call("fault", ["kill", "npu=2", "--wait", "--json"])
        #expect(hurt.code == 0, "\(hurt.errors)")
        let status = cluster.status
        let faults = status["faults"] as? [[String: Any]] ?? []
        #expect(faults.first?["evidence"] as? [String] == ["reaped, killed by signal 9"])
        #expect(faults.first?["detected_after_ms"] is Double)
        #expect(faults.first?["recovered_after_ms"] is Double)
        #expect(faults.first?["recovery"] as? String == "restart")
        #expect((status["survival"] as? [String: Any])?["verdict"] as? String == "L3")
        #expect(StandingCluster.ranks(status).map { $0["restarts"] as? Int } == [0, 0, 1, 0])

        let down = cluster.call("down")
        #expect(down.code == 0, "\(down.output) \(down.errors)")
        #expect(down.output.contains("survival L3"))
        #expect(cluster.up.results["outcome"] as? String == "finished")
        #expect(cluster.up.areProven == [true] && cluster.up.verdict == "L3")
        #expect(cluster.up.isClean)
        let plan = try String(contentsOfFile: cluster.folder + "/plan.toml", encoding: .utf8)
        #expect(plan.contains("kind = \"kill\""))
        let report = FileManager.default.fileExists(atPath: cluster.folder + "/report.html")
        #expect(report)
        let again = cluster.call("down")
        #expect(again.code == 0 && again.errors.contains("down already"))
        #expect(cluster.call("status").code == 1)
        #expect(WorkerProcesses.alive(among: [cluster.coordinator]).isEmpty)
    }

    @Test func `whose coordinator is killed leaves no orphan, and says so`() throws {
        let cluster = try StandingCluster()
        let workers = cluster.workers
        #expect(workers.count == 4 && !workers.contains(0))
        kill(cluster.coordinator, SIGKILL)
        #expect(
            ProgramRun.poll(within: 10) { WorkerProcesses.alive(among: workers).isEmpty },
            "\(WorkerProcesses.alive(among: workers))"
        )
        let status = cluster.call("status")
        #expect(status.code == 1 && status.errors.contains("its coordinator was killed"))
        let down = cluster.call("down")
        #expect(down.code == 1 && down.output.contains("its coordinator was killed"))
        let socket = FileManager.default.fileExists(atPath: cluster.folder + "/standing/socket")
        #expect(!socket)
    }

    @Test func `takes no wrong faults`() throws {
        let wrong: [(words: [String], code: Int32, says: String)] = [
            (["kil", "npu=1"], 78, "did you mean \"kill\"?"),
            (["kill", "npu=9"], 78, "9 of 4 NPUs"),
            (["kill", "npu=1", "at=step 0"], 78, "\"step 0\" has begun"),
            (["coordinator-kill"], 78, "end the cluster for good"),
            (["slow-start", "npu=1", "delay=1 s"], 78, "happens at launch"),
            (["kill", "npu=1", "for=2 steps"], 78, "no end to wait for"),
            (["kill", "npu"], 64, "no key=value"),
            (["--heal", "3"], 78, "there is no fault 3"),
            ([], 64, "no kind of fault"),
        ]
        let cluster = try StandingCluster()
        for (words, code, says) in wrong {
            let call = cluster.call("fault", words)
            #expect(call.code == code && call.errors.contains(says), "\(words): \(call.errors)")
        }
        #expect((cluster.status["faults"] as? [Any])?.isEmpty == true)
        #expect(cluster.call("down").code == 0)
    }

    @Test func `lets faults be healed`() throws {
        let cluster = try StandingCluster()
        let hurt = cluster.call("fault", ["latency", "link=roce", "added=20 us", "--wait"])
        #expect(hurt.code == 0, "\(hurt.errors)")
        #expect(cluster.call("fault", ["--heal", "0"]).code == 0)
        #expect(
            ProgramRun.poll(within: 120) {
                let faults = cluster.status["faults"] as? [[String: Any]]
                return faults?.first?["healed_at"] is String
            }
        )
        #expect(cluster.call("fault", ["--heal", "0"]).code == 78)
        // `run` plays it again, with its end.
        let repeated = ["compute-jitter", "npu=1", "at_most=0.5", "every=9000 steps", "for=1 step"]
        #expect(cluster.call("fault", repeated).code == 0)
        let plan = try String(contentsOfFile: cluster.folder + "/plan.toml", encoding: .utf8)
        #expect(plan.contains("until = \"step "))
        let faults = plan.components(separatedBy: "[[faults]]")
        #expect(faults.count == 3 && faults[2].contains("at = \"step "), "\(plan)")
        #expect(cluster.call("down").code == 0)
        #expect(cluster.up.areProven == [true] && cluster.up.verdict == "L0")
    }

    @Test func `ends at its first loss where the policy says so`() throws {
        let cluster = try StandingCluster()
        _ = cluster.call("fault", ["kill", "npu=1"])
        #expect(
            ProgramRun.poll(within: 120) {
                WorkerProcesses.alive(among: [cluster.coordinator]).isEmpty
            }
        )
        let status = cluster.call("status")
        #expect(status.code == 1 && status.errors.contains("worker 1 killed by signal 9"))
        let down = cluster.call("down")
        #expect(down.code == 1 && down.output.contains("survival F"), "\(down.errors)")
        #expect(cluster.up.verdict == "F" && cluster.up.isClean)
    }

    @Test func `ends by a signal as by down, and at once by down --now`() throws {
        let signalled = try StandingCluster()
        kill(signalled.coordinator, SIGTERM)
        #expect(
            ProgramRun.poll(within: 120) {
                WorkerProcesses.alive(among: [signalled.coordinator]).isEmpty
            }
        )
        #expect(signalled.up.results["outcome"] as? String == "finished")
        #expect(signalled.up.isClean && signalled.up.verdict == "unhurt")
        // Of a hurt one the state is compared before it ends.
        let hurt = try StandingCluster(["--set", "recovery.policy=\"restart\""])
        #expect(hurt.call("fault", ["kill", "npu=1", "--wait"]).code == 0)
        kill(hurt.coordinator, SIGTERM)
        #expect(
            ProgramRun.poll(within: 120) {
                WorkerProcesses.alive(among: [hurt.coordinator]).isEmpty
            }
        )
        #expect(hurt.up.results["outcome"] as? String == "finished")
        #expect(hurt.up.isClean && hurt.up.verdict == "L3" && hurt.up.equality == true)
        let cluster = try StandingCluster()
        let down = cluster.call("down", ["--now"])
        #expect(down.code == 0, "\(down.output) \(down.errors)")
        #expect(cluster.up.isClean)
    }

    @Test func `is not moved by strangers at its door`() throws {
        let cluster = try StandingCluster()
        let hanging = (0..<20).compactMap { _ in StandingCluster.connect(to: cluster.folder) }
        defer { for connection in hanging { close(connection) } }
        #expect(hanging.count == 20)
        #expect(cluster.send(Array("GET / HTTP/1.1\n".utf8))?.contains("refusal") == true)
        #expect(cluster.send([UInt8](repeating: 0xFF, count: 8192)) == "")
        #expect(cluster.send([UInt8](repeating: 0, count: 3) + [10])?.contains("refusal") == true)
        #expect(cluster.call("status").code == 0)
        let steps = cluster.status["steps"] as? Int ?? 0
        #expect(ProgramRun.poll(within: 120) { cluster.status["steps"] as? Int ?? 0 > steps })
        #expect(cluster.call("down").code == 0)
        #expect(cluster.up.isClean && cluster.up.verdict == "unhurt")
        let refusals = cluster.up.results["refusals"] as? [String: Any]
        #expect((refusals?["connections"] as? Int ?? 0) >= 5)
    }

    @Test func `keeps the last steps in full and sums of all`() throws {
        let cluster = try StandingCluster(
            ["--steps", "132", "--every", "10ms", "--set", "cluster.dilation=1000"]
        )
        #expect(
            ProgramRun.poll(within: 90) {
                WorkerProcesses.alive(among: [cluster.coordinator]).isEmpty
            }
        )
        let router = (cluster.up.results["routers"] as? [[String: Any]])?.first
        #expect(router?["steps"] as? Int == 132)
        let times = router?["step_time_us"] as? [String: Any]
        #expect((times?["samples"] as? [Double])?.count == 128)
        let tokens = router?["tokens"] as? [String: Any]
        #expect(tokens?["offered"] as? Int == 132 * 4 * 64)
        let verified = router?["verified"] as? [String: Any]
        #expect(verified?["mismatches"] as? Int == 0)
        #expect(verified?["tokens"] as? Int == tokens?["routed"] as? Int)
        #expect(cluster.up.steps.count == 133 && cluster.up.isClean)
    }

    @Test func `refuses a wrong plan as run does`() throws {
        let run = try ProgramRun("up", ProgramRun.small + ["--set", "model.hiden=3"])
        #expect(run.end() == 78 && run.standardError.contains("model.hiden"))
        #expect(run.runFolder == nil)
    }

    @Test func `is ended by Ctrl-C while up waits for it`() throws {
        let run = try ProgramRun(
            "up",
            ProgramRun.small + ["--fault", "kind=slow-start,npu=1,delay=10 s"]
        )
        // Who answers is being launched; before that there is nothing to end in good order.
        #expect(
            ProgramRun.poll(within: 120) {
                let folder = run.runFolder?.path ?? "/nowhere"
                let answer = StandingCluster.send(Array("moecluster/1 status\n".utf8), to: folder)
                return answer?.contains("launching") == true
            }
        )
        kill(run.identifier, SIGINT)
        #expect(run.end(within: 120) == 130)
        #expect(run.results["outcome"] as? String == "interrupted")
        #expect(run.isClean)
    }
}
