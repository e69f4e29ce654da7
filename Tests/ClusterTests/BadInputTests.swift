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
        #expect(run.end() == 1)
        #expect(run.standardError.contains("features.npy"))
        #expect(run.standardError.contains("nothing was started"))
        #expect(run.runFolder == nil)
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
