import Glibc
import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `Reading a run's folder back` {
    private func sample(in parent: String) throws -> RunFolder {
        var folder = try RunFolder.create(parent: parent, name: "run")
        for step in SampleRun.steps().prefix(3) { try folder.append(step) }
        try folder.write(results: SampleRun.results(), links: SampleRun.links())
        return folder
    }

    private func problem(
        in parent: String,
        after damage: (RunFolder) throws -> Void
    ) throws -> FileProblem? {
        let folder = try sample(in: parent)
        try damage(folder)
        return #expect(throws: FileProblem.self) { try LoadedRun.load(folder.path) }
    }

    @Test func `a line cut off by a crash is left out and noted`() throws {
        try withTemporaryFolder { parent in
            let folder = try sample(in: parent)
            let whole = try text(at: folder.file(.stepsJSON))
            try put(String(whole.dropLast(40)), at: folder.file(.stepsJSON))
            let run = try LoadedRun.load(folder.path)
            #expect(run.folder.steps.count == 2)
            #expect(run.notes.count == 1)
            #expect(run.notes.first?.contains("line 3 was cut off") == true)
        }
    }

    @Test func `a broken line in the middle is named`() throws {
        try withTemporaryFolder { parent in
            let problem = try problem(in: parent) { folder in
                let whole = try text(at: folder.file(.stepsJSON))
                try put("{}\n" + whole, at: folder.file(.stepsJSON))
            }
            #expect(problem?.path.hasSuffix("steps.jsonl") == true)
            #expect(problem?.seen.hasPrefix("line 1: no \"step\"") == true)
        }
    }

    @Test func `a broken link is quoted`() throws {
        try withTemporaryFolder { parent in
            let problem = try problem(in: parent) { folder in
                try put(LinksCSV.header + "\na,1,x,roce,5,1.5\n", at: folder.file(.links))
            }
            #expect(problem?.seen == "line 2: \"a,1,x,roce,5,1.5\"")
        }
    }

    @Test func `a missing key is named with its place`() throws {
        try withTemporaryFolder { parent in
            let problem = try problem(in: parent) { folder in
                let text = try text(at: folder.file(.results))
                let start = try #require(text.firstRange(of: "\"cores\""))
                let broken = text.replacingCharacters(start, with: "\"kores\"")
                try put(broken, at: folder.file(.results))
            }
            #expect(problem?.path.hasSuffix("results.json") == true)
            #expect(problem?.seen == "no \"cores\" in host")
        }
    }

    @Test(arguments: ["", "{", "[]", "{\"schema\": \"one\"}"])
    func `text that is no JSON object is a problem`(broken: String) throws {
        try withTemporaryFolder { parent in
            let problem = try problem(in: parent) { try put(broken, at: $0.file(.results)) }
            #expect(problem?.expected == "results of schema 1")
        }
    }

    @Test func `another schema is refused by its number`() throws {
        try withTemporaryFolder { parent in
            let problem = try problem(in: parent) { folder in
                try put("{\"schema\": 2}", at: folder.file(.results))
            }
            #expect(problem?.seen == "schema 2")
        }
    }

    @Test func `no folder, and a folder without results`() throws {
        try withTemporaryFolder { parent in
            let missing = #expect(throws: FileProblem.self) {
                try LoadedRun.load("\(parent)/none")
            }
            #expect(missing?.seen == "no folder")
            let empty = #expect(throws: FileProblem.self) { try LoadedRun.load(parent) }
            #expect(empty?.seen == "No such file or directory")
        }
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
