import Foundation
import Glibc
import Testing

/// Results that nobody can have.
@Suite(.serialized, .timeLimit(.minutes(20))) struct UnwritableTests {
    @Test(arguments: ["run", "simulate"])
    func `a full disk under stdout is an error`(verb: String) throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let run = try ProgramRun(verb, results: full)
        #expect(run.end() == 1)
        #expect(run.standardError.contains("error: stdout: No space left on device"))
        #expect(run.results["outcome"] as? String == "finished")
    }

    @Test(arguments: ["run", "simulate"])
    func `a reader of stdout that went away is the end, without a word`(verb: String) throws {
        let pipe = Pipe()
        let run = try ProgramRun(verb, results: pipe.fileHandleForWriting)
        try pipe.fileHandleForReading.close()
        #expect(run.end() == 128 + SIGPIPE)
        #expect(!run.standardError.contains("error"))
        #expect(run.results["outcome"] as? String == "finished")
    }

    @Test(arguments: ["plan", "doctor"])
    func `a closed stdout is an error`(verb: String) throws {
        let program = ProgramRun.builtFolder.appendingPathComponent("moecluster").path
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \"$0\" \"$@\" >&-", program, verb]
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("unwritable-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try TokenFolder.write(to: folder)
        if verb == "plan" {
            process.arguments? += ["/dev/null", "--set", "workload.corpus=\"\"", "--set"]
            process.arguments? += ["workload.tokens=\(folder.path)", "--nodes", "1"]
        }
        process.standardError = errors
        try process.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(text.contains("error: stdout: Bad file descriptor"))
    }
}
