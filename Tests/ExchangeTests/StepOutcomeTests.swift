import ClusterModel
import Foundation
import Testing

@testable import Exchange

@Suite struct `Steps as runs have kept them` {
    private func outcome() -> StepOutcome {
        var outcome = StepOutcome(
            step: 3,
            router: 1,
            isWarmup: false,
            inputs: [],
            algorithm: AlgorithmChoice(.direct, reason: "asked for"),
            stageEnds: [[Instant(picoseconds: 7)]],
            digests: [9],
            wallNanoseconds: 11,
            skippedNanoseconds: 5,
            cpuBusy: 0.5
        )
        outcome.excluded = [Rank(2)]
        outcome.rateShareMax = 0.25
        outcome.workerNanoseconds = 13
        outcome.segment = .routed
        return outcome
    }

    @Test func `come back as they were`() throws {
        let text = try JSONEncoder().encode(outcome())
        #expect(try JSONDecoder().decode(StepOutcome.self, from: text) == outcome())
    }

    @Test func `of a run that could not go on without a rank, none was left out`() throws {
        let text = try JSONEncoder().encode(outcome())
        var object = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
        object["excluded"] = nil
        let old = try JSONSerialization.data(withJSONObject: object)
        var expected = outcome()
        expected.excluded = []
        #expect(try JSONDecoder().decode(StepOutcome.self, from: old) == expected)
    }
}
