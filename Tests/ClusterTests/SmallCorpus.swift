import Foundation
import Glibc

/// A text of two domains in a folder of its own, and runs that learn from it.
final class SmallCorpus {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("corpus-\(getpid())-\(UInt64.random(in: 0...(.max)))")

    /// Two domains of 16 sequences.
    init(tokens: Int = 16 * 256) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var data = Data()
        for index in 0..<2 * tokens {
            let id = UInt16((index &* index / 7) % 50)
            withUnsafeBytes(of: id.littleEndian) { data.append(contentsOf: $0) }
        }
        try TokenFolder.write("ids", "<u2", [2, tokens], data, in: folder)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Options of a run whose routers learn, on 2 nodes of 2.
    func learning(_ options: [String], steps: Int = 2) -> [String] {
        let all =
            [
                "workload.corpus=\(folder.path)", "workload.tokens_per_npu=256",
                "training.warm_start=2", "model.experts=4", "model.hidden=512", "workload.warmup=1",
                "cluster.dilation=4000",
            ] + options
        let shape = ["--nodes", "2", "--npus", "2", "--steps", "\(steps)"]
        return shape + all.flatMap { ["--set", $0] }
    }
}

extension ProgramRun {
    /// `routers` of results.json.
    var routers: [[String: Any]] { results["routers"] as? [[String: Any]] ?? [] }

    /// Records of each router's training steps, of the warm start as well.
    var series: [[[String: Any]]] {
        routers.map { router in
            let quality = router["quality"] as? [String: Any] ?? [:]
            return quality["series"] as? [[String: Any]] ?? []
        }
    }

    /// What the seed decides of what a router has learned, step by step.
    var learned: [[[String: Double]]] {
        series.map { steps in
            steps.map { step in
                ["train_loss", "inter_node_bytes", "kept"].reduce(into: [:]) {
                    $0[$1] = step[$1] as? Double
                }
            }
        }
    }
}
