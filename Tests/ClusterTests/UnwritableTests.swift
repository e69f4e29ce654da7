import Foundation
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
    func `a reader of stdout that went away is an error`(verb: String) throws {
        let pipe = Pipe()
        let run = try ProgramRun(verb, results: pipe.fileHandleForWriting)
        try pipe.fileHandleForReading.close()
        #expect(run.end() == 1)
        #expect(run.standardError.contains("error: stdout: Broken pipe"))
        #expect(run.results["outcome"] as? String == "finished")
    }
}
