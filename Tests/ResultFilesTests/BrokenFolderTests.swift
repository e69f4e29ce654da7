import Glibc
import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `The folder of a run that was killed` {
    /// Three steps, and no results.
    private func killed(in parent: String) throws -> RunFolder {
        var folder = try RunFolder.create(parent: parent, name: "run")
        try folder.writePlan("seed = 7\n")
        for step in SampleRun.steps().prefix(3) { try folder.append(step, measured: step) }
        return folder
    }

    private func takeUp(_ folder: RunFolder) throws -> BrokenFolder<StepRecord> {
        let broken = try BrokenFolder<StepRecord>.takeUp(folder.path + "/") { $0 }
        try broken.mend()
        return broken
    }

    private func cut(_ file: RunFile, of folder: RunFolder, by count: Int) throws {
        let whole = try text(at: folder.file(file))
        try put(String(whole.dropLast(count)), at: folder.file(file))
    }

    private func expectSteps(_ steps: [StepRecord], in folder: RunFolder) throws {
        let csv = ([StepsCSV.header] + steps.map(StepsCSV.row)).map { $0 + "\n" }.joined()
        #expect(try text(at: folder.file(.stepsCSV)) == csv)
        let lines = { try text(at: folder.file($0)).split(separator: "\n").count }
        #expect(try lines(.stepsJSON) == steps.count)
        #expect(try lines(.measured) == steps.count)
        #expect(try text(at: folder.file(.measured)).hasSuffix("\n"))
    }

    /// One byte is the line's end alone: a number may have been cut, and still be one.
    @Test(arguments: [1, 2, 40]) func `a last line without its end runs again`(cut: Int) throws {
        try withTemporaryFolder { parent in
            let folder = try killed(in: parent)
            try self.cut(.measured, of: folder, by: cut)
            let broken = try takeUp(folder)
            let kept = Array(SampleRun.steps().prefix(2))
            #expect(broken.steps == kept)
            #expect(broken.folder.steps == kept)
            #expect(broken.plan == "seed = 7\n")
            #expect(broken.results == nil)
            #expect(broken.notes.count == 1)
            #expect(broken.notes.first?.contains("line 3 was cut off") == true)
            try expectSteps(kept, in: folder)
        }
    }

    @Test(arguments: [RunFile.stepsCSV, .stepsJSON])
    func `a file that is behind is brought up to the measured steps`(file: RunFile) throws {
        try withTemporaryFolder { parent in
            let folder = try killed(in: parent)
            try cut(file, of: folder, by: 60)
            let broken = try takeUp(folder)
            #expect(broken.notes.isEmpty)
            try expectSteps(Array(SampleRun.steps().prefix(3)), in: folder)
        }
    }

    @Test func `steps go on behind the whole ones`() throws {
        try withTemporaryFolder { parent in
            let folder = try killed(in: parent)
            try cut(.measured, of: folder, by: 10)
            var again = try takeUp(folder).folder
            let step = SampleRun.steps()[2]
            try again.append(step, measured: step)
            try expectSteps(Array(SampleRun.steps().prefix(3)), in: folder)
        }
    }

    @Test func `nothing measured yet is a run of no steps`() throws {
        try withTemporaryFolder { parent in
            let folder = try RunFolder.create(parent: parent, name: "run")
            try folder.writePlan("seed = 7\n")
            #expect(try takeUp(folder).steps.isEmpty)
        }
    }

    @Test func `a broken line in the middle is named, and nothing is rewritten`() throws {
        try withTemporaryFolder { parent in
            let folder = try killed(in: parent)
            let broken = "{}\n" + (try text(at: folder.file(.measured)))
            try put(broken, at: folder.file(.measured))
            let problem = #expect(throws: FileProblem.self) { try takeUp(folder) }
            #expect(problem?.path == folder.file(.measured))
            #expect(problem?.seen.hasPrefix("line 1: no \"step\"") == true)
            #expect(try text(at: folder.file(.measured)) == broken)
        }
    }

    @Test func `a folder is taken up once at a time, and needs a plan`() throws {
        try withTemporaryFolder { parent in
            let folder = try killed(in: parent)
            _ = try takeUp(folder)
            let held = #expect(throws: FileProblem.self) { try takeUp(folder) }
            #expect(held?.seen == "a run that is still going on")
            let other = try RunFolder.create(parent: parent, name: "other")
            let problem = #expect(throws: FileProblem.self) { try takeUp(other) }
            #expect(problem?.path == other.file(.plan))
        }
    }
}
