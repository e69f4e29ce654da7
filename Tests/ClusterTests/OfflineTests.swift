import Foundation
import Testing

/// Verbs that start no worker: text in, text out.
@Suite(.timeLimit(.minutes(20))) struct OfflineTests {
    /// Exit code, stdout and stderr of the program.
    private func run(_ arguments: [String]) throws -> (code: Int32, out: String, error: String) {
        let process = Process()
        let (out, error) = (Pipe(), Pipe())
        process.executableURL = ProgramRun.builtFolder.appendingPathComponent("moecluster")
        process.arguments = arguments
        (process.standardOutput, process.standardError) = (out, error)
        try process.run()
        let texts = [out, error].map {
            String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        process.waitUntilExit()
        return (process.terminationStatus, texts[0], texts[1])
    }

    /// Calls `body` with a folder of 1,024 tokens, 16 wide.
    private func withTokens(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("offline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try TokenFolder.write(to: folder)
        try body(folder.path)
    }

    @Test func `theory takes lists and ranges, every combination a row`() throws {
        let run = try run(
            [
                "theory", "--csv", "-n", "2..8:x2", "-d", "64", "--delta", "0.1..0.3:0.1,0.5", "-s",
                "32", "-c", "0..4:2", "-p", "1", "-q", "0.1,0.2",
            ]
        )
        #expect(run.code == 0)
        let lines = run.out.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("bound_exact,") } == 3 * 4)
        #expect(lines.contains { $0.hasPrefix("tail,4,64,0.3,") })
        #expect(lines.count { $0.hasPrefix("ecr,") } == 3 * 3 * 2)
    }

    @Test(arguments: [
        (["--delta", "1.5"], "--affinity 1.5: expected 0.0 to 1.0"),
        (["-n", "0"], "--experts 0: expected 1 to 1000000"),
        (["-c", "5..1"], "5..1"), (["-c", "1..9:x1"], "1..9:x1"), (["-s", "1.5"], "1.5"),
        (["--json", "--csv"], "--json or --csv, not both"),
        (["-c", "0..9999", "-s", "1..9999"], "rows: expected at most 100000"),
    ])
    func `theory says what is wrong`(arguments: [String], message: String) throws {
        let run = try run(["theory"] + arguments)
        #expect(run.code == 64)
        #expect(run.error.contains(message))
    }

    @Test func `chaos plays a schedule with its own seed, or seeds`() throws {
        let seeds = ["chaos", "--simulate", "--seeds", "0..9"]
        let both = try run(seeds + ["--schedule", "chaos-seed-3.toml"])
        #expect(both.code == 64)
        #expect(both.error.contains("expected one of the two"))
        let alone = try run(seeds)
        #expect(alone.code == 0)
        let failed = alone.out.split(separator: "\n").first { $0.hasPrefix("failed") }
        #expect(failed?.split(separator: " ").prefix(2) == ["failed", "0"])
    }

    @Test func `route says what a router needs`() throws {
        try withTokens { folder in
            let route = ["route", "--features", folder + "/features.npy", "--experts", "4"]
            let rre = try run(route + ["--router", "rre"])
            #expect(rre.code == 64)
            #expect(rre.error.contains("expected --domains D.npy and --token-ids T.npy"))
            let smile = try run(route + ["--router", "smile", "--nodes", "3"])
            #expect(smile.code == 64)
            #expect(smile.error.contains("smile: 4 experts over 3 nodes"))
            let rmoe = try run(
                route + ["--router", "rmoe", "--state", folder + "/features.npy"]
            )
            #expect(rmoe.code == 1)
            #expect(rmoe.error.contains("the router's state 128: expected the same"))
        }
    }

    @Test func `route says which rule set C`() throws {
        try withTokens { folder in
            let route = [
                "route", "--router", "locmoe+", "--features", folder + "/features.npy", "--experts",
                "4",
            ]
            for (options, note) in [
                ([], "(conventional)"), (["--capacity", "3"], "C = 3 (fixed)"),
                (["--capacity-rule", "bound-exp"], "(bound, exp"),
                (["--capacity-rule", "corollary"], "(corollary"),
                (["--mode", "adaptive"], "mode "),
            ] {
                let run = try run(route + options)
                #expect(run.code == 0)
                #expect(run.error.contains(note))
            }
        }
    }

    @Test(arguments: [
        (["compare", "--seed", "-1"], "expected a whole number from 0 to 9223372036854775807"),
        (["compare", "--seed", "9223372036854775808"], "expected a whole number from 0 to"),
        (["train", "--mu", "-1"], "--mu -1.0: expected 0.0 to 1000.0"),
        (["train", "--threshold", "2"], "--threshold 2.0: expected above 0 and at most 1"),
        (["train", "--softmax-scale", "inf"], "--softmax-scale inf: expected 0.01 to 10000.0"),
        (["train", "--router", "switch,switch"], "--router: switch stands there twice"),
        (["train", "--seeds", "1,1"], "--seeds: 1 stands there twice"),
        (["bench", "alltoall", "--bytes", "-1"], "--bytes -1: expected a size like 65536"),
        (["bench", "alltoall", "--algorithm", "nope"], "- hierarchical"),
        (["bench", "alltoall", "--workload", "W9"], "- W0"),
    ])
    func `an option says what it takes`(arguments: [String], message: String) throws {
        let run = try run(arguments)
        #expect(run.code == 64)
        #expect(run.error.contains(message), "\(run.error)")
    }

    @Test(arguments: [
        (["--experts", "99999999999"], "--experts 99999999999: expected 1 to 65536"),
        (["--experts", "-3"], "--experts -3: expected 1 to 65536"),
        (["--capacity", "-1"], "--capacity -1: expected 0 to"),
        (["--softmax-scale", "nan"], "--softmax-scale nan: expected 0.01 to 10000.0"),
        (["--softmax-scale", "-1"], "--softmax-scale -1.0: expected 0.01 to 10000.0"),
        (["--softmax-scale", "0"], "--softmax-scale 0.0: expected 0.01 to 10000.0"),
        (["--capacity-factor", "inf"], "--capacity-factor inf: expected 0.01 to 1000.0"),
    ])
    func `route says what an option takes`(options: [String], message: String) throws {
        let experts = options[0] == "--experts" ? [] : ["--experts", "4"]
        let route = ["route", "--router", "locmoe+", "--features", "f.npy"]
        let run = try run(route + experts + options)
        #expect(run.code == 64)
        #expect(run.error.contains(message), "\(run.error)")
    }

    /// stdout as JSON.
    private func object(_ text: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func `route, doctor and plan speak JSON`() throws {
        try withTokens { folder in
            let routed = try run([
                "route", "--router", "switch", "--features", folder + "/features.npy", "--experts",
                "4", "--json", "--quiet",
            ])
            #expect(routed.code == 0 && routed.error.isEmpty)
            let result = try object(routed.out)
            #expect(result["offered"] as? Int == 1024)
            #expect((result["pairs"] as? [Any])?.count == 1024)
            let options = [
                "plan", "/dev/null", "--json", "--set", "workload.tokens=\(folder)", "--set",
                "workload.corpus=\"\"", "--nodes", "2", "--npus", "2", "--log-level", "error",
            ]
            let plan = try run(options)
            let doubtful = try run(options + ["--set", "cluster.dilation=1", "--strict"])
            #expect(doubtful.code == 2)
            #expect(plan.code == 0, "\(plan.error)")
            let forecast = try object(plan.out)
            #expect(forecast["workers"] as? Int == 4)
            #expect((forecast["plan"] as? [String: Any])?["cluster"] != nil)
            #expect((forecast["steps"] as? [Any])?.isEmpty == false)
        }
        let doctor = try run(["doctor", "--json"])
        #expect(doctor.code == 0)
        #expect(try object(doctor.out)["cores"] as? Int ?? 0 > 0)
    }

    @Test func `chaos gives each seed a verdict`() throws {
        let rows = try run(["chaos", "--simulate", "--seeds", "0..9", "--json"])
        let verdicts = try rows.out.split(separator: "\n").map {
            try object(String($0))["verdict"] as? String ?? ""
        }
        let levels = ["L0", "L1", "L2", "L3", "L4", "L5", "F", "U", "inconclusive"]
        #expect(verdicts.count == 10 && verdicts.allSatisfy(levels.contains))
        #expect(Set(verdicts).count > 1)
        let people = try run(["chaos", "--simulate", "--seeds", "0..9"])
        #expect(people.out.split(separator: "\n").count { $0.hasPrefix("seed ") } == 10)
        let set = try run(["chaos", "--simulate", "--set", "recovery.polcy=abort"])
        #expect(set.code == 78 && set.error.contains("recovery.polcy"))
        // A limit alone leaves the ladder as it is; a policy that is asked for holds.
        let words = ["chaos", "--simulate", "--seeds", "0..19", "--json", "--set"]
        let limited = try run(words + ["recovery.retry_max=2"])
        #expect(limited.out.contains("recovered"))
        let aborting = try run(words + ["recovery.policy=abort"])
        #expect(!aborting.out.contains("recovered"))
        let many = try run(["chaos", "--simulate", "--seeds", "0..29"])
        #expect(!many.out.contains("seed 0"))
    }
}
