import Foundation
import Testing

/// Faults of links, connections and partitions, on real workers.
@Suite(.serialized, .timeLimit(.minutes(20))) struct LinkFaultTests {
    private func run(_ verb: String, _ fault: String, _ more: [String] = []) throws -> ProgramRun {
        let one = ["--fault", fault, "--set", "routing.routers=[\"switch\"]"]
        return try ProgramRun(verb, ProgramRun.small + one + more)
    }

    private func record(_ run: ProgramRun) -> [String: Any] {
        (run.results["faults"] as? [[String: Any]])?.first ?? [:]
    }

    private func verdict(_ run: ProgramRun) -> String? {
        (run.results["survival"] as? [String: Any])?["verdict"] as? String
    }

    /// What a slow or interrupted way costs is modelled: nothing has to be recovered, and the
    /// simulation sees the same chunks.
    @Test(arguments: [
        "kind=bandwidth,from=0,to=2,factor=0.1,at=step 1,for=1 step",
        "kind=latency,link=roce,added=20 us,jitter=5 us,at=step 1 combine,until=step 2",
        "kind=link-down,from=0,to=2,at=step 1,for=30 us",
        "kind=flap,npu=1,period=4 us,at=step 1",
        "kind=loss,link=hccs,ratio=1/2,delay=10 us,at=step 1",
        "kind=partition,shape=halves,at=step 1,for=40 us",
        "kind=uplink-down,node=1,at=1 us,until=60 us",
        "kind=link-down,from=0,to=2,at=step 1 dispatch,for=30 us",
        "kind=bandwidth,link=roce,factor=0.01,at=step 1 combine,for=200 us",
        "kind=latency,npu=1,added=20 us,at=3rd message from 1 to 2,for=25 us",
    ])
    func `a worse link is proven, survived, and seen alike in virtual time`(fault: String) throws {
        let (real, virtual) = (try run("run", fault), try run("simulate", fault))
        #expect([real.end(), virtual.end()] == [0, 0], "\(real.standardError)")
        for run in [real, virtual] {
            #expect(record(run)["is_proven"] as? Bool == true, "\(record(run))")
            #expect(verdict(run) == "L0")
        }
        let chunks = [real, virtual].map {
            (record($0)["evidence"] as? [String] ?? []).filter { $0.contains("chunks") }
        }
        #expect(chunks[0].count == 1 && chunks[0] == chunks[1])
        // Who is at the end of a way finds it, and takes it for the same.
        for key in ["discoverer", "cause"] {
            let seen = [real, virtual].map { record($0)[key] as? String }
            #expect(seen[0] != nil && seen[0] == seen[1], "\(key) \(seen)")
        }
        for run in [real, virtual] {
            #expect(record(run)["symptom"] is String && score(run) == [1, 1, 0], "\(record(run))")
        }
        #expect(record(real)["detected_after_ms"] as? Double ?? -1 >= 0)
    }

    /// Strikes, what was found of them, and false alarms.
    private func score(_ run: ProgramRun) -> [Int?] {
        let survival = run.results["survival"] as? [String: Any] ?? [:]
        let detection = survival["detection"] as? [String: Any] ?? [:]
        return ["strikes", "found", "false_alarms"].map { detection[$0] as? Int }
    }

    @Test func `a slow way is found by its receiver, and none where only computing is slow`() throws
    {
        let slow = try run("run", "kind=bandwidth,from=0,to=2,factor=0.25,at=step 1")
        #expect(slow.end() == 0, "\(slow.standardError)")
        #expect(record(slow)["discoverer"] as? String == "rank 2")
        #expect(record(slow)["cause"] as? String == "from 0 to 2")
        #expect(record(slow)["symptom"] as? String == "bytes took 4.0 times as long")
        #expect(record(slow)["detected_after_us"] as? Double ?? 0 > 0)
        let words = slow.standardOutput.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("rank 2 found from 0 to 2 (bytes took 4.0 times as long) in step 1"))
        let unhurt = try run("run", "kind=straggler,npu=1,factor=3,at=step 1")
        #expect(unhurt.end() == 0, "\(unhurt.standardError)")
        #expect(record(unhurt)["cause"] as? String == "npu 1")
        #expect([score(slow), score(unhurt)] == [[1, 1, 0], [1, 1, 0]])
    }

    /// Emulated µs of a stamp.
    private func time(_ key: String, _ record: [String: Any]) -> Double? {
        (record[key] as? String)?.split(separator: " ").dropLast().last.flatMap { Double($0) }
    }

    /// When a rank comes to a part of a step is the link model's to say, whatever strikes then.
    @Test(arguments: ["step 2 combine", "3rd message from 0 to 2"])
    func `a process that is struck within a step is so when its part begins`(moment: String) throws
    {
        // From where the message or the part is one way's on.
        let killed = try run(
            "run",
            "kind=kill,npu=0,at=\(moment)",
            ["--set", "recovery.policy=\"restart\""]
        )
        let slow = try run(
            "simulate",
            "kind=bandwidth,from=0,to=2,factor=0.5,at=\(moment),for=1 us"
        )
        #expect([killed.end(), slow.end()] == [0, 0], "\(killed.standardError)")
        let times = [killed, slow].compactMap { time("applied_at", record($0)) }
        try #require(times.count == 2)
        // The one is measured.
        #expect(times[0] > 0.9 * times[1] && times[0] < 1.1 * times[1], "\(times)")
    }

    /// On one way there is one beginning: it heals so much later, in this step or in a later one.
    @Test(arguments: ["step 1 dispatch", "step 1 combine", "3rd message from 0 to 2"])
    func `what begins within a step heals after its time, exactly`(moment: String) throws {
        for (verb, length, routers) in [
            ("run", 20.0, "\"switch\""), ("simulate", 20, "\"switch\""),
            ("simulate", 45, "\"switch\""),
            // Each has a clock of its own, and both play the step.
            ("simulate", 20, "\"hash\", \"switch\""),
        ] {
            let fault = "kind=bandwidth,from=0,to=2,factor=0.2,at=\(moment),for=\(Int(length)) us"
            let run = try ProgramRun(
                verb,
                ProgramRun.small + [
                    "--fault", fault, "--set", "routing.routers=[\(routers)]", "--steps", "6",
                ]
            )
            #expect(run.end() == 0, "\(run.standardError)")
            let record = record(run)
            let times = ["applied_at", "healed_at"].compactMap { time($0, record) }
            try #require(times.count == 2, "\(record)")
            #expect(abs(times[1] - times[0] - length) < 1e-6, "\(record)")
        }
    }

    /// The rest of a truncated message is missing for good; the next attempt at the step must not wait
    /// behind it until its bound.
    @Test func `what is left of a message that was cut off is thrown away with its step`() throws {
        let fault = "kind=truncate,npu=1,ratio=1/4,at=step 2,for=1 step"
        let run = try run(
            "run",
            fault,
            [
                "--seed", "11", "--set", "model.hidden=1024", "--set",
                "recovery.policy=\"retry\"", "--set", "recovery.retry_max=50",
            ]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let survival = run.results["survival"] as? [String: Any]
        let incidents = (survival?["incidents"] as? [[String: Any]] ?? []).compactMap {
            $0["what"] as? String
        }
        #expect(incidents.contains { $0.contains("a step that was given up") }, "\(incidents)")
        #expect(!incidents.contains { $0.contains("of preparing") }, "\(incidents)")
    }

    /// What comes twice, too late or out of turn is found by its sequence and costs nothing.
    @Test(arguments: ["duplicate", "stale", "reorder"])
    func `chunks that are out of order are put right`(kind: String) throws {
        let fault = "kind=\(kind),from=0,to=2,at=step 1,for=1 step"
        let run = try run(
            "run",
            fault,
            ["--set", "model.hidden=8192", "--set", "cluster.dilation=2000"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(record(run)["is_proven"] as? Bool == true, "\(record(run))")
        #expect(record(run)["discoverer"] as? String == "rank 2")
        #expect(verdict(run) == "L0")
    }

    /// A chunk whose checksum is wrong is never used: the step is redone over a new connection.
    @Test(arguments: [
        "kind=corrupt,at=3rd message from 0 to 2", "kind=truncate,at=3rd message from 0 to 2",
        "kind=connection-reset,from=2,to=0,at=step 1", "kind=connection-reset,npu=3,at=step 1",
    ])
    func `a broken connection is made again and the step redone`(fault: String) throws {
        let run = try run("run", fault, ["--set", "recovery.policy=\"retry\""])
        #expect(run.end() == 0, "\(run.standardError)")
        let record = record(run)
        #expect(record["is_proven"] as? Bool == true, "\(record)")
        #expect(record["discoverer"] is String && record["recovered_after_ms"] is Double)
        #expect(verdict(run) == "L2" && run.equality == true)
        #expect(run.steps.count == 4)
    }

    /// What comes damaged, or not at all, is asked for again within its step, at the same price as in virtual time.
    @Test(arguments: ["corrupt", "drop"])
    func `a damaged or missing chunk is sent again`(kind: String) throws {
        let fault = "kind=\(kind),from=0,to=2,ratio=1/3,at=step 1,for=1 step"
        let more = [
            "--set", "recovery.policy=\"retry\"", "--set", "recovery.resend_max=10",
            "--set", "exchange.chunk=\"4 KiB\"",
        ]
        let (real, virtual) = (
            try run("run", fault, more), try run("simulate", fault, more)
        )
        for run in [real, virtual] {
            #expect(run.end() == 0, "\(run.standardError)")
            let record = record(run)
            #expect(record["is_proven"] as? Bool == true, "\(record)")
            #expect(record["discoverer"] as? String == "rank 2")
            #expect(record["recovery"] as? String == "resend")
            #expect(verdict(run) == "L1")
            let survival = run.results["survival"] as? [String: Any] ?? [:]
            let chunks = survival["chunks_resent"] as? Int ?? 0
            let bytes = survival["bytes_resent"] as? Int ?? 0
            #expect(chunks > 0 && bytes > 0 && bytes <= chunks * 4_096)
            #expect((survival["incidents"] as? [Any])?.isEmpty == true)
        }
        #expect(record(real)["recovered_after_ms"] is Double)
        let chunks = [real, virtual].map {
            (record($0)["evidence"] as? [String] ?? []).filter { $0.contains("chunks") }
        }
        #expect(chunks[0].count == 1 && chunks[0] == chunks[1])
    }

    @Test func `a worker that lets nobody in is started again`() throws {
        let fault = "kind=refuse,npu=1,at=step 1"
        let ladder = ["--set", "recovery.policy=[\"retry\", \"restart\"]"]
        let run = try run("run", fault, ladder)
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(record(run)["is_proven"] as? Bool == true, "\(record(run))")
        #expect(verdict(run) == "L3")
    }

    /// Every rank waits and nothing is under way: nobody has to wait for a deadline.
    @Test func `a link that stays down is named at once, and ends a run without recovery`() throws {
        let run = try run("run", "kind=link-down,from=0,to=2,at=step 1")
        #expect(run.end() == 1)
        #expect(run.standardError.contains("with nothing under way any more"))
        #expect(run.standardError.contains("worker 2 still waits for"))
        #expect(record(run)["is_proven"] as? Bool == true, "\(record(run))")
        #expect(verdict(run) == "F")
    }

    /// Without `retry` nobody asks: who waits says for whom, and the policy decides.
    @Test func `a chunk that never comes ends a run without recovery`() throws {
        let run = try run("run", "kind=drop,at=3rd message from 0 to 2")
        #expect(run.end() == 1)
        #expect(run.standardError.contains("still waits for"))
        #expect(record(run)["is_proven"] as? Bool == true, "\(record(run))")
        #expect(verdict(run) == "F")
    }

    /// A stall is put down to the connection that was struck, and to nothing else.
    @Test(arguments: [
        "kind=half-open,from=0,to=2,at=step 1", "kind=link-down,from=0,to=2,at=step 1",
        "kind=drop,at=3rd message from 0 to 2",
    ])
    func `what stops a step is found, and nothing else is`(fault: String) throws {
        let run = try run("run", fault)
        #expect(run.end() == 1, "\(run.standardError)")
        #expect(score(run) == [1, 1, 0], "\(run.standardError)")
        let survival = run.results["survival"] as? [String: Any] ?? [:]
        let detection = survival["detection"] as? [String: Any] ?? [:]
        #expect(detection["precision"] as? Double == 1 && detection["recall"] as? Double == 1)
    }
}
