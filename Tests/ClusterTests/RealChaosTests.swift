import Foundation
import Testing

/// Chaos on worker processes.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RealChaosTests {
    /// Seed 8 draws it; another draw needs another seed.
    @Test func `a run whose coordinator is killed by its plan goes on and is judged as one`() throws
    {
        let chaos = try ProgramRun(
            "chaos",
            ProgramRun.small + ["--steps", "6", "--seeds", "8..8", "--json"]
        )
        #expect(chaos.end() == 0, "\(chaos.standardError)")
        let text = Data(chaos.standardOutput.utf8)
        let row = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
        let faults = try #require(row["faults"] as? [String])
        try #require(faults.contains { $0.hasPrefix("kind=coordinator-kill") })
        #expect(row["problem"] == nil, "\(row)")
        #expect(row["resumes"] as? Int == 1 && row["verdict"] as? String == "L5", "\(row)")
    }
}
