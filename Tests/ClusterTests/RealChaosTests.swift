import Foundation
import Testing

/// Chaos on worker processes.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RealChaosTests {
    private static let plan = """
        [cluster]
        nodes = 2
        npus_per_node = 2
        dilation = 20000
        [model]
        experts = 8
        hidden = 32
        ffn = 64
        [workload]
        tokens = "tokens"
        corpus = ""
        tokens_per_npu = 64
        steps = 6
        warmup = 0
        """

    /// Seed 8 draws it; another draw needs another seed.
    @Test func `a run whose coordinator is killed by its plan goes on and is judged as one`() throws
    {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("real-chaos-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try TokenFolder.write(to: folder.appendingPathComponent("tokens"))
        let plan = folder.appendingPathComponent("cluster.toml")
        try Data(Self.plan.utf8).write(to: plan)
        let process = Process()
        let out = Pipe()
        process.executableURL = ProgramRun.builtFolder.appendingPathComponent("moecluster")
        process.arguments = [
            "chaos", plan.path, "--seeds", "8..8", "--json", "--out", folder.path,
        ]
        (process.standardOutput, process.standardError) = (out, FileHandle.nullDevice)
        try process.run()
        let text = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let object = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        let row = try #require(object)
        let faults = try #require(row["faults"] as? [String])
        try #require(faults.contains { $0.hasPrefix("kind=coordinator-kill") })
        #expect(process.terminationStatus == 0 && row["problem"] == nil, "\(row)")
        #expect(row["resumes"] as? Int == 1 && row["verdict"] as? String == "L5", "\(row)")
    }
}
