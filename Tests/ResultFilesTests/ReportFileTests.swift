import FoundationEssentials
import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `The report's file` {
    /// Set `MOECLUSTER_SAMPLE` to a folder to keep the sample run there and look at it.
    @Test func `the sample run makes a report`() throws {
        try withTemporaryFolder { parent in
            let kept = ProcessInfo.processInfo.environment["MOECLUSTER_SAMPLE"]
            var folder = try RunFolder.create(parent: kept ?? parent, name: "sample")
            for step in SampleRun.steps() { try folder.append(step) }
            let notes = try folder.write(
                results: SampleRun.results(),
                links: SampleRun.links()
            )
            let page = try text(at: folder.file(.report))
            #expect(page.hasPrefix("<!DOCTYPE html>"))
            #expect(page.contains("data-height") == notes.isEmpty)
        }
    }

    @Test func `without Vega the package is named`() throws {
        let problem = #expect(throws: FileProblem.self) {
            try VegaLibrary.load(from: "/nonexistent")
        }
        #expect(problem?.path == "/nonexistent/vega-util.min.js")
        #expect(problem?.advice.contains("libjs-vega") == true)
    }
}
