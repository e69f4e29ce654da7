import Foundation
import Glibc
import Testing

/// What is wrong before anything starts.
@Suite(.serialized, .timeLimit(.minutes(20))) struct BadInputTests {
    @Test func `every wrong key is told at once`() throws {
        let run = try ProgramRun(
            "run",
            ProgramRun.small + ["--set", "model.hiden=4", "--set", "model.dtype=int3"]
        )
        #expect(run.end() == 78)
        #expect(run.standardError.contains("hiden"))
        #expect(run.standardError.contains("hidden"))
        #expect(run.standardError.contains("int3"))
        #expect(run.standardError.contains("nothing was started"))
        #expect(run.runFolder == nil)
    }

    @Test func `a token too short for its stamp is refused`() throws {
        let run = try ProgramRun("run", ProgramRun.small + ["--set", "model.hidden=4"])
        #expect(run.end() == 78)
        #expect(run.standardError.contains("hidden of 8 or more"))
    }

    @Test(arguments: ["missing", "truncated", "no numpy", "wrong type", "wrong shape"])
    func `a broken file of tokens is named`(damage: String) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("tokens-\(getpid())-\(UInt64.random(in: 0...(.max)))")
        defer { try? FileManager.default.removeItem(at: folder) }
        try TokenFolder.write(to: folder)
        let file = folder.appendingPathComponent("features.npy")
        switch damage {
        case "missing": try FileManager.default.removeItem(at: file)
        case "truncated": truncate(file.path, 1000)
        case "no numpy": try Data("hello".utf8).write(to: file)
        case "wrong type":
            try TokenFolder.write("features", "<i8", [4, 2], Data(count: 64), in: folder)
        default:
            try TokenFolder.write("features", "<f4", [64], Data(count: 256), in: folder)
        }
        let run = try ProgramRun("run", tokens: folder)
        #expect(run.end() == 78)
        #expect(run.standardError.contains("=\(folder.path): workload.tokens: "))
        #expect(run.standardError.contains("features.npy"))
        #expect(run.standardError.contains("nothing was started"))
        #expect(run.runFolder == nil)
    }

    @Test(arguments: ["run", "plan"])
    func `what no router can be made of is told at its key`(verb: String) throws {
        for (set, router, key) in [
            ("model.experts=10", "locmoe", "model.experts"),
            ("routing.top_k=7", "rre", "routing.top_k"),
        ] {
            let options = ProgramRun.small + ["--set", set, "--set"]
            let run = try ProgramRun(
                verb,
                options + ["routing.routers=[\"\(router)\"]"],
                hasFolder: verb == "run"
            )
            #expect(run.end() == 78)
            #expect(run.standardError.contains("--set \(set): \(key): "), "\(run.standardError)")
            #expect(run.standardError.contains("nothing was started"))
        }
    }

    @Test func `a corpus that is not there is told at its key`() throws {
        let corpus = ["--set", "workload.corpus=/nowhere/corpus", "--set", "model.hidden=512"]
        let run = try ProgramRun(
            "compare",
            ProgramRun.small + ["--set", "workload.tokens_per_npu=256"] + corpus
        )
        #expect(run.end() == 78)
        #expect(run.standardError.contains("workload.corpus: /nowhere/corpus/ids.npy"))
    }

    @Test func `what nothing reads is warned of`() throws {
        let run = try ProgramRun(
            "simulate",
            ProgramRun.small + ["--set", "routing.routers=[\"hash\"]"]
                + ["--set", "routing.policy=reroute"]
        )
        #expect(run.end() == 0)
        #expect(run.standardError.contains("warning: --set routing.policy=reroute: routing.policy"))
    }

    @Test func `a file where the run's folder should be is named`() throws {
        let run = try ProgramRun("run", ProgramRun.small + ["--out", "/dev/null/runs"])
        #expect(run.end() == 1)
        #expect(run.standardError.contains("/dev/null"))
        #expect(run.standardError.contains("nothing was started"))
    }

    @Test func `too little address space is told with the figures`() throws {
        let run = try ProgramRun(
            "run",
            ProgramRun.small + ["--set", "workload.tokens_per_npu=8192"]
                + ["--set", "model.hidden=8192"],
            addressSpace: 400 << 20
        )
        #expect(run.end() == 1)
        #expect(run.standardError.contains("a worker maps about 1072 MiB"))
        #expect(run.standardError.contains("may map 400 MiB: raise 'ulimit -v'"))
        #expect(run.standardError.contains("nothing was started"))
    }
}
