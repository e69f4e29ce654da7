import Glibc
import Report
import ResultFiles
import Testing

@Suite struct `The folder of a bench` {
    private let row = CrossoverRow(
        ranks: 8,
        nodes: 2,
        bytesPair: 256,
        directUs: 20,
        hierarchicalUs: 10,
        link: "roce",
        messageOverheadUs: 2
    )

    @Test func `has a page that can be made anew from what was recorded`() throws {
        try withTemporaryFolder { parent in
            let folder = BenchFolder(parent + "/bench")
            #expect(!folder.isRecorded)
            _ = try folder.write(crossover: [row])
            #expect(folder.isRecorded)
            let path = folder.path + "/bench.html"
            let page = try text(at: path)
            #expect(page.contains("hierarchical is faster up to 256\u{a0}B a pair"))
            #expect(unlink(path) == 0)
            _ = try folder.writePage()
            #expect(try text(at: path) == page)
        }
    }

    @Test func `says which file cannot be read`() throws {
        try withTemporaryFolder { parent in
            let folder = BenchFolder(parent)
            try OutputFile.write([("crossover.json", "[{\"ranks\": 8}]")], into: parent)
            let problem = #expect(throws: FileProblem.self) { try folder.writePage() }
            #expect(problem?.path == parent + "/crossover.json")
        }
    }
}
