import ReportFixture
import Testing

@testable import Report

@Suite struct `Faults in reports` {
    private func kill(_ id: Int, isFound: Bool = true) -> FaultRecord {
        FaultRecord(
            id: id,
            kind: "kill",
            target: "npu 3",
            requestedAt: "step \(id)",
            appliedAt: "step \(id), 1203.5 µs",
            healedAt: nil,
            evidence: ["reaped, killed by signal 9"],
            isProven: true,
            discoverer: isFound ? "coordinator" : nil,
            cause: isFound ? "npu 3" : nil,
            detectedAfterMs: isFound ? 1.8 : nil,
            recoveredAfterMs: isFound ? 83 : nil,
            recovery: isFound ? "restart" : nil
        )
    }

    private func results(_ faults: [FaultRecord]) -> RunResults {
        var results = SampleRun.results()
        results.faults = faults
        return results
    }

    private func lines(_ faults: [FaultRecord]) -> [String] {
        RunFacts.facts(of: results(faults)).filter { $0.label == "fault" }.map(\.text)
    }

    @Test func `say root cause, discoverer and delay`() {
        #expect(
            lines([kill(4), kill(5, isFound: false)]) == [
                "kill of npu 3, step 4; coordinator found npu 3 after 1.8 ms; "
                    + "restart, whole after 83 ms",
                "kill of npu 3, step 5; found by nobody",
            ]
        )
    }

    @Test func `say by what a slow link was found, and after how long on which clock`() {
        var slow = kill(4)
        (slow.kind, slow.target, slow.recovery) = ("bandwidth", "from 0 to 2", nil)
        (slow.discoverer, slow.cause) = ("rank 2", "from 0 to 2")
        slow.symptom = "bytes took 4.0 times as long"
        (slow.detectedAt, slow.detectedAfterUs) = ("step 5, 1215.8 µs", 12.34)
        let told =
            "bandwidth of from 0 to 2, step 4; rank 2 found from 0 to 2 (bytes took 4.0 times as long) in step 5"
        #expect(lines([slow]) == [told + " after 1.8 ms, 12.3 µs emulated"])
        slow.detectedAfterMs = nil
        #expect(lines([slow]) == [told + " after 12.3 µs emulated"])
    }

    @Test func `say what never came and what left nothing to be seen`() {
        var (late, faint) = (kill(1, isFound: false), kill(2, isFound: false))
        (late.appliedAt, late.evidence, late.isProven) = (nil, [], false)
        (faint.evidence, faint.isProven) = ([], false)
        #expect(
            lines([late, faint]) == [
                "kill of npu 3, step 1; never applied",
                "kill of npu 3, step 2; no evidence that it took effect; found by nobody",
            ]
        )
    }

    @Test func `are told one by one while they are few`() {
        let many = lines((0..<30).map { kill($0) })
        #expect(many.count == 9 && many.last == "22 more are in results.json")
        #expect(lines([]).isEmpty)
    }

    @Test func `are a table of the page`() {
        let page = ReportHTML.text(
            of: results([kill(4)]),
            steps: [],
            links: [],
            folder: "runs/x",
            vegaScript: nil
        )
        #expect(page.contains("taken for the cause"))
        #expect(page.contains("reaped, killed by signal 9"))
        #expect(!ReportSections.faults([]).contains("table"))
        let many = ReportSections.faults((0..<300).map { kill($0) })
        #expect(many.contains("the first 100 of 300"))
    }
}
