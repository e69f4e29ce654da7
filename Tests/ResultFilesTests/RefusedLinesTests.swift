import Glibc
import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `A run's folder that refuses lines` {
    /// A folder in a file's place refuses it, for root as well.
    @Test(arguments: [RunFile.measured, .stepsJSON, .stepsCSV])
    func `what is refused comes before the next lines`(refusing: RunFile) throws {
        try withTemporaryFolder { parent in
            var folder = try RunFolder.create(parent: parent, name: "run")
            let steps = SampleRun.steps()
            try folder.append(steps[0], measured: steps[0])
            let (path, aside) = (folder.file(refusing), folder.file(refusing) + ".aside")
            #expect(rename(path, aside) == 0 && mkdir(path, 0o755) == 0)
            let problem = #expect(throws: FileProblem.self) {
                try folder.append(steps[1], measured: steps[1])
            }
            #expect(problem?.path == path && problem?.errorName == "errno \(EISDIR)")
            #expect(folder.hasRoomForRefused && folder.steps.count == 2)
            #expect(rmdir(path) == 0 && rename(aside, path) == 0)
            try folder.append(steps[2], measured: steps[2])
            for file in [RunFile.measured, .stepsJSON] {
                let lines = try text(at: folder.file(file)).split(separator: "\n")
                #expect(lines.count == 3 && Set(lines).count == 3)
            }
            let rows = ([StepsCSV.header] + steps.prefix(3).map(StepsCSV.row)).map { $0 + "\n" }
            #expect(try text(at: folder.file(.stepsCSV)) == rows.joined())
        }
    }

    @Test func `what was refused can be written at the end`() throws {
        try withTemporaryFolder { parent in
            var folder = try RunFolder.create(parent: parent, name: "run")
            let step = SampleRun.steps()[0]
            let path = folder.file(.measured)
            #expect(mkdir(path, 0o755) == 0)
            #expect(throws: FileProblem.self) { try folder.append(step, measured: step) }
            #expect(throws: FileProblem.self) { try folder.flush() }
            #expect(rmdir(path) == 0)
            try folder.flush()
            #expect(try text(at: path).split(separator: "\n").count == 1)
            try folder.flush()
            #expect(try text(at: path).split(separator: "\n").count == 1)
        }
    }
}
