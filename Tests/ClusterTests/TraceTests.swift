import Foundation
import Testing

/// Routers written elsewhere, and what other programs are told.
@Suite(.serialized, .timeLimit(.minutes(20))) struct TraceTests {
    private func router(_ run: ProgramRun, _ index: Int = 0) throws -> [String: Any] {
        let routers = try #require(run.results["routers"] as? [[String: Any]])
        return try #require(routers.indices.contains(index) ? routers[index] : nil)
    }

    private func traffic(_ router: [String: Any]) throws -> [[Int]] {
        try #require(router["traffic"] as? [[Int]])
    }

    @Test(arguments: [
        ("locmoe+", "exact", 1), ("expert-choice", "padded", 1), ("gshard", "exact", 2),
    ])
    func `what was exported and is replayed is the same traffic, byte for byte`(
        name: String,
        layout: String,
        tp: Int
    ) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trace = folder.appendingPathComponent("t.jsonl").path
        let matrices = folder.appendingPathComponent("m").path
        let options =
            ProgramRun.small + [
                "--set", "exchange.layout=\(layout)", "--set", "parallel.tp=\(tp)",
            ]
        let first = try ProgramRun(
            "run",
            options + [
                "--router", name, "--export-trace", trace, "--export-matrix", matrices,
            ]
        )
        #expect(first.end() == 0, "\(first.standardError)")
        let again = try ProgramRun("run", options + ["--trace", trace])
        #expect(again.end() == 0, "\(again.standardError)")
        let (original, replayed) = (try router(first), try router(again))
        #expect(replayed["name"] as? String == "trace")
        #expect(try traffic(replayed) == traffic(original))
        #expect((replayed["verified"] as? [String: Int])?["mismatches"] == 0)

        // Matrices add up to the same traffic.
        var sum = try traffic(original).map { $0.map { _ in 0 } }
        for file in try FileManager.default.contentsOfDirectory(atPath: matrices) {
            let text = try String(contentsOfFile: matrices + "/" + file, encoding: .utf8)
            for (row, line) in text.split(separator: "\n").enumerated() {
                for (column, cell) in line.split(separator: " ").enumerated() {
                    sum[row][column] += Int(cell) ?? -1
                }
            }
        }
        #expect(sum == (try traffic(original)))
    }

    /// Matrices of a folder by name.
    private func matrices(_ folder: String) throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try names.reduce(into: [:]) {
            $0[$1] = try String(contentsOfFile: folder + "/" + $1, encoding: .utf8)
        }
    }

    @Test func `what routers learned from is replayed with the traffic that it had`() throws {
        let corpus = try SmallCorpus()
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (trace, learned) = (folder.path + "/t.jsonl", folder.path + "/learned")
        let options = corpus.learning([
            "model.layers=2", "routing.routers=[\"switch\", \"locmoe+\"]",
        ])
        let first = try ProgramRun(
            "compare",
            options + ["--export-trace", trace, "--export-matrix", learned]
        )
        #expect(first.end() == 0, "\(first.standardError)")
        let text = try String(contentsOfFile: folder.path + "/t-locmoe+.jsonl", encoding: .utf8)
        // Three steps, two layers, four ranks.
        #expect(text.split(separator: "\n").count == 3 * 2 * 4)
        let exported = try matrices(learned)
        for (name, mode) in [("real", []), ("virtual", ["--simulate"])] {
            let replayed = folder.path + "/" + name
            let again = try ProgramRun(
                "run",
                corpus.learning([]) + [
                    "--trace", folder.path + "/t-locmoe+.jsonl", "--export-matrix", replayed,
                ] + mode
            )
            #expect(again.end() == 0, "\(again.standardError)")
            let files = try matrices(replayed)
            for step in 0..<3 {
                for exchange in ["dispatch", "combine"] {
                    let file = try #require(files["trace-step\(step)-\(exchange).txt"])
                    #expect(file == exported["locmoe+-step\(step)-forward0-\(exchange).txt"])
                }
            }
        }
    }

    @Test func `a trace takes part beside routers, in virtual time as well`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trace = folder.appendingPathComponent("t.csv")
        // 64 tokens of every rank at expert 5, on the last rank but one.
        var text = "token,expert,score,weight,position,kept,reason\n"
        for token in 0..<64 { text += "\(token),5,1,1,\(token),1,\n" }
        try Data(text.utf8).write(to: trace)
        for verb in ["compare", "simulate"] {
            let run = try ProgramRun(
                verb,
                ProgramRun.small + [
                    "--set", "routing.routers=[\"switch\"]", "--trace", trace.path,
                    // Nothing is learned beside a trace: this is not even opened.
                    "--set", "workload.corpus=/nowhere",
                ]
            )
            #expect(run.end() == 0, "\(run.standardError)")
            let (other, replayed) = (try router(run, 0), try router(run, 1))
            #expect(other["name"] as? String == "switch")
            // Three steps of 64 tokens of 64 bytes, there and back.
            let bytes = 3 * 64 * 64
            let matrix = try traffic(replayed)
            #expect(
                matrix[0] == [0, 0, bytes, 0] && matrix[2] == [bytes, bytes, 2 * bytes, bytes]
            )
        }
    }

    @Test func `what is wrong with a trace is said before anything starts`() throws {
        let cases: [(String, [String], Int32, String)] = [
            ("{\"step\":0}\n", [], 1, "line 1: no \"layer\", expected a whole number"),
            ("", ["--router", "switch"], 64, "run plays one of them"),
            ("", ["--set", "routing.trace=\"x\""], 78, "--trace FILE gives both"),
        ]
        for (text, options, code, says) in cases {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("trace-\(UUID().uuidString).jsonl")
            try Data(text.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let run = try ProgramRun("run", ProgramRun.small + ["--trace", file.path] + options)
            #expect(run.end() == code, "\(run.standardError)")
            #expect(run.standardError.contains(says), "\(run.standardError)")
        }
    }
}
