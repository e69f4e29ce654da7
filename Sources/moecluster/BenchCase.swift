import ClusterModel
import Exchange
import Workloads

/// What a bench exchanges: one matrix again and again, or one for each step of a workload.
struct BenchCase {
    let name: String
    private let make: (Int) -> TrafficMatrix

    /// The traffic of an iteration, counted from 0.
    func matrix(_ iteration: Int) -> TrafficMatrix { make(iteration) }

    /// The same bytes for every pair, what a rank has for itself included.
    static func pairs(_ bytes: Int, text: String, world: Int) -> BenchCase {
        let matrix = TrafficMatrix(
            rows: Array(repeating: Array(repeating: bytes, count: world), count: world)
        )
        return BenchCase(name: "\(text) a pair") { _ in matrix }
    }

    static func file(_ path: String, world: Int) throws(PreflightProblem) -> BenchCase {
        let matrix = try MatrixFile.read(path, world: world)
        return BenchCase(name: String(path.split(separator: "/").last ?? "matrix")) { _ in matrix }
    }

    static func workload(
        _ workload: SyntheticWorkload,
        seed: UInt64,
        layout: RankLayout,
        mean: Int
    ) -> BenchCase {
        BenchCase(name: "\(workload.rawValue) \(workload.title)") { step in
            WorkloadMatrix(
                workload,
                seed: seed,
                step: step,
                layout: layout,
                mean: ByteCount(mean)
            ).matrix
        }
    }
}
