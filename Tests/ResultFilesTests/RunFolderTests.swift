import FoundationEssentials
import Glibc
import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `A run's folder` {
    @Test func `what was written is read back`() throws {
        try withTemporaryFolder { parent in
            var folder = try RunFolder.create(parent: "\(parent)/runs", name: "compare")
            for step in SampleRun.steps() { try folder.append(step) }
            try folder.write(results: SampleRun.results(), links: SampleRun.links())
            let run = try LoadedRun.load(folder.path + "/")
            #expect(run.folder.steps == SampleRun.steps())
            #expect(run.links == SampleRun.links())
            #expect(run.notes.isEmpty)
            var expected = SampleRun.results()
            expected.plan.sort { ($0.section, $0.key) < ($1.section, $1.key) }
            #expect(run.results == expected)
        }
    }

    @Test func `it is named by its time, and a number tells twins apart`() throws {
        try withTemporaryFolder { parent in
            let time = 1_772_373_909
            let names = try (1...2).map { _ in
                try RunFolder.create(parent: parent, name: "a/b", secondsSince1970: time).path
            }
            let first = "\(parent)/2026-03-01T14-05-09Z-a-b"
            #expect(names == [first, "\(first)-2"])
        }
    }

    private func names(in parent: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: parent)
    }

    @Test func `it has no name before it can be read`() throws {
        try withTemporaryFolder { parent in
            let folder = try RunFolder.create(parent: parent, name: "run") {
                (folder) throws(FileProblem) in
                try folder.lock()
                try folder.writePlan("x = 1\n")
                #expect(access(folder.path, F_OK) != 0)
                try folder.write(results: SampleRun.results(), links: [])
            }
            #expect(try LoadedRun.load(folder.path).folder.steps.isEmpty)
            #expect(try text(at: "\(folder.path)/plan.toml") == "x = 1\n")
            #expect(try names(in: parent) == [String(folder.path.split(separator: "/").last!)])
            // The hold on it outlasts the change of its name.
            #expect(throws: FileProblem.self) { try folder.lock() }
        }
    }

    @Test func `nothing is left of a folder that cannot be filled`() throws {
        try withTemporaryFolder { parent in
            let problem = FileProblem(path: "x", seen: "a", expected: "b", advice: "c")
            let seen = #expect(throws: FileProblem.self) {
                try RunFolder.create(parent: parent, name: "run") { (folder) throws(FileProblem) in
                    try folder.writePlan("x = 1\n")
                    throw problem
                }
            }
            #expect(seen?.path == "x")
            let left = try names(in: parent)
            #expect(left.isEmpty)
        }
    }

    @Test func `a twin that was faster is left alone`() throws {
        try withTemporaryFolder { parent in
            let time = 1_772_373_909
            var isFirst = true
            let folder = try RunFolder.create(parent: parent, name: "a", secondsSince1970: time) {
                (folder) throws(FileProblem) in
                guard isFirst else { return }
                isFirst = false
                let twin = try RunFolder.create(parent: parent, name: "b")
                #expect(rename(twin.path, folder.path) == 0)
            }
            #expect(folder.path == "\(parent)/2026-03-01T14-05-09Z-a-2")
            #expect(try names(in: parent).count == 2)
        }
    }

    @Test func `steps stand in their files before anything else is written`() throws {
        try withTemporaryFolder { parent in
            var folder = try RunFolder.create(parent: parent, name: "run")
            let step = SampleRun.steps()[0]
            try folder.append(step)
            let csv = try text(at: folder.file(.stepsCSV))
            #expect(csv == StepsCSV.header + "\n" + StepsCSV.row(step) + "\n")
            #expect(try text(at: folder.file(.stepsJSON)).hasSuffix("\n"))
        }
    }

    @Test func `a folder in place of a file is a problem with its reason`() throws {
        try withTemporaryFolder { parent in
            let folder = try RunFolder.create(parent: parent, name: "run")
            #expect(mkdir(folder.file(.plan), 0o755) == 0)
            let problem = #expect(throws: FileProblem.self) { try folder.writePlan("x = 1\n") }
            #expect(problem?.path == folder.file(.plan))
            #expect(problem?.seen == "Is a directory")
        }
    }

    @Test func `a file in the way of the folder is named`() throws {
        try withTemporaryFolder { parent in
            try put("", at: "\(parent)/runs")
            let problem = #expect(throws: FileProblem.self) {
                try RunFolder.create(parent: "\(parent)/runs/deep", name: "run")
            }
            #expect(problem?.path == "\(parent)/runs")
            #expect(problem?.advice.contains("another folder") == true)
        }
    }

    @Test func `a full disk is said, and the run goes on`() throws {
        try withTemporaryFolder { parent in
            var folder = try RunFolder.create(parent: parent, name: "run")
            #expect(symlink("/dev/full", folder.file(.stepsJSON)) == 0)
            let step = SampleRun.steps()[0]
            let problem = #expect(throws: FileProblem.self) { try folder.append(step) }
            #expect(problem?.seen == "No space left on device")
            #expect(problem?.advice.hasPrefix("free some space") == true)
            #expect(folder.steps == [step])
        }
    }
}
