import Foundation
import Glibc
import Testing

/// Checkpoints of a run whose routers learn on workers.
@Suite(.serialized, .timeLimit(.minutes(20))) struct RunCheckpointTests {
    private static let options = [
        "routing.routers=[\"switch\", \"locmoe+\"]", "training.checkpoint_every=2",
        "training.held_out_every=3", "routing.mode=adaptive", "routing.expert_choice_from=5",
    ]

    /// Names of the checkpoints in a run's folder, without those that workers begin with.
    private func checkpoints(_ run: ProgramRun) -> [String] {
        let folder = run.runFolder?.appendingPathComponent("training").path
        let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) }
        return (names ?? [])
            .filter { $0.hasSuffix(".checkpoint") && !$0.hasSuffix("-start.checkpoint") }
            .sorted()
    }

    /// All of `quality` that the seed decides, of routers and of controls.
    private func learned(_ run: ProgramRun) -> [[String]] {
        (run.routers + (run.results["controls"] as? [[String: Any]] ?? [])).map { router in
            let quality = router["quality"] as? [String: Any] ?? [:]
            func text(_ values: Any?) -> String {
                let steps = (values as? [[String: Any]] ?? []).map { step in
                    step.filter { $0.key != "emulated_us" }
                }
                let data = try? JSONSerialization.data(withJSONObject: steps, options: .sortedKeys)
                return String(decoding: data ?? Data(), as: UTF8.self)
            }
            return [
                text(quality["series"]), text(quality["held_out"]),
                "\(quality["calinski_harabasz"] ?? "")", "\(quality["held_out_loss"] ?? "")",
            ]
        }
    }

    @Test func `a killed run goes on from its last whole checkpoints and ends as it would have`()
        throws
    {
        let corpus = try SmallCorpus()
        let arguments = corpus.learning(Self.options, steps: 6)
        let calm = try ProgramRun("compare", arguments)
        #expect(calm.end() == 0, "\(calm.standardError)")
        // The last of each router and each control, and the one before; controls are done after 9.
        #expect(
            checkpoints(calm) == [
                "0-switch-6.checkpoint", "0-switch-8.checkpoint", "1-locmoe+-6.checkpoint",
                "1-locmoe+-8.checkpoint", "2-dense-8.checkpoint", "2-dense-9.checkpoint",
                "3-none-8.checkpoint", "3-none-9.checkpoint",
            ]
        )
        let broken = try ProgramRun("compare", arguments)
        let hasSteps = ProgramRun.poll(within: 300) { broken.steps.count > 6 }
        try #require(hasSteps, "\(broken.standardError)")
        kill(broken.identifier, SIGKILL)
        _ = broken.end()
        let folder = try #require(broken.runFolder)
        let damaged = try #require(checkpoints(broken).last { $0.hasPrefix("0-switch") })
        let file = folder.appendingPathComponent("training/\(damaged)")
        try Data(contentsOf: file).dropLast(100).write(to: file)
        let resumed = try ProgramRun(
            "compare",
            arguments + ["--resume", folder.path],
            tokens: broken.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        let said = resumed.standardError
        #expect(said.contains("\(damaged) is damaged"))
        #expect(said.contains("switch goes on from an earlier step"))
        #expect(said.contains("switch: going on from its checkpoint after step 2"))
        #expect(said.contains("locmoe+: going on from its checkpoint after step 4"))
        // What they learn is all they do: none of it is learned again.
        #expect(said.contains("dense: going on from its checkpoint after step 9"))
        #expect(said.contains("none: going on from its checkpoint after step 9"))
        #expect(!said.contains("dense learns: step"))
        #expect(learned(broken) == learned(calm))
        #expect(learned(calm).map(\.count) == [4, 4, 4, 4])
        #expect(broken.series.map(\.count) == [9, 9])
        let modes = broken.series[1].compactMap { $0["mode"] as? String }
        #expect(modes == Array(repeating: "tcr", count: 5) + Array(repeating: "ecr", count: 4))
    }

    @Test func `a run in virtual time that was killed while it learned goes on, too`() throws {
        let corpus = try SmallCorpus()
        let arguments =
            corpus.learning(Self.options + ["training.warm_start=40"], steps: 1) + ["--simulate"]
        let broken = try ProgramRun("compare", arguments)
        let isThere = ProgramRun.poll(within: 300) {
            checkpoints(broken).contains("0-switch-4.checkpoint")
        }
        try #require(isThere, "\(broken.standardError)")
        kill(broken.identifier, SIGKILL)
        _ = broken.end()
        let folder = try #require(broken.runFolder).path
        let resumed = try ProgramRun(
            "compare",
            arguments + ["--resume", folder],
            tokens: broken.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(resumed.standardError.contains("switch: going on from its checkpoint after step"))
        let calm = try ProgramRun("compare", arguments)
        #expect(calm.end() == 0, "\(calm.standardError)")
        #expect(learned(broken) == learned(calm))
    }
}
