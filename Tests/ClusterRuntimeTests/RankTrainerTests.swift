import ClusterModel
import Exchange
import Foundation
import Testing
import TokenData
import Wire

@testable import ClusterRuntime

/// One rank that holds every expert, and a text in a folder of its own.
private final class Classroom {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("classroom-\(getpid())-\(UInt64.random(in: 0...(.max)))").path
    let plan: ClusterPlan
    let reference: TrainingReference

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.writeText(to: folder)
        plan = Self.plan(corpus: folder)
        reference = try TrainingReference(plan)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var file: String { folder + "/0-start.checkpoint" }

    /// Where the reference is, for ranks to begin with.
    func save() throws { try WholeFile.write(reference.checkpoint(router: 0).bytes, to: file) }

    func trainer() throws -> RankTrainer {
        let plan = WorkerPlan(
            plan: plan,
            unshaped: false,
            peerPorts: [0],
            dilation: 1,
            windowNanoseconds: 0,
            catchUpNanoseconds: 0,
            checkpoints: [file]
        )
        return try School(rank: Rank(0), plan: plan).trainer(0, excluded: [])
    }

    /// Two domains of 16 sequences, as NumPy's version 1.0 writes them.
    private static func writeText(to folder: String) throws {
        let tokens = 16 * 256
        let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, \(tokens)), }"
        let padding = String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
        var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array((header + padding).utf8)
        for index in 0..<2 * tokens { bytes += [UInt8(index * index / 7 % 50), 0] }
        try WholeFile.write(bytes, to: folder + "/ids.npy")
    }

    private static func plan(corpus: String) -> ClusterPlan {
        let link = LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), latency: .zero)
        var plan = ClusterPlan(
            preset: .custom,
            nodes: 1,
            npusPerNode: 1,
            dilation: .fixed(1),
            links: LinkSettings(hccs: link, topology: .mesh, roce: link),
            parallel: ParallelDegrees(tp: 1, ep: 1, dp: 1),
            model: ModelShape(
                hidden: 512,
                ffn: 64,
                experts: 2,
                layers: 1,
                dtype: .bf16,
                utilisation: 0.4,
                peakFlops: 313e12
            ),
            workload: Workload(
                tokens: "",
                tokensPerNPU: 256,
                sharding: .iid,
                steps: 4,
                warmup: 0,
                seed: 7
            ),
            routing: RoutingSettings(
                routers: [.switch],
                baseline: .switch,
                topK: 1,
                capacityFactor: 1.1,
                capacityFloor: 1,
                threshold: 0.8,
                mode: .ecr,
                policy: .drop
            ),
            exchange: ExchangeSettings(
                algorithm: .direct,
                layout: .exact,
                chunk: ByteCount(65_536)
            )
        )
        plan.training.corpus = corpus
        plan.training.warmStart = 0
        plan.training.controls = .off
        return plan
    }
}

extension RankTrainer {
    /// A whole step of a rank that is alone.
    fileprivate func learn(step: Int) throws {
        try begin(step: step, hurts: [])
        for segment in [StepSegment.forward(layer: 0), .backward(layer: 0)] {
            let rows =
                segment == .forward(layer: 0) ? forwardRows(layer: 0) : backwardRows(layer: 0)
            take(segment, answers(segment, part: 0, [rows])[0])
        }
        take(.sumDense, sum: summands(.sumDense))
    }
}

@Suite struct `A rank that learns` {
    @Test func `goes back to where a step began that others failed in, and learns the same again`()
        throws
    {
        let classroom = try Classroom()
        try classroom.save()
        let trainer = try classroom.trainer()
        try trainer.learn(step: 0)
        let expected = try classroom.reference.train(router: 0).learned
        #expect(trainer.learned.parameters == expected[0])
        try classroom.save()
        try trainer.learn(step: 1)
        let second = trainer.learned
        // Half a step leaves nothing behind either.
        try trainer.begin(step: 1, hurts: [])
        _ = trainer.forwardRows(layer: 0)
        try trainer.learn(step: 1)
        #expect(trainer.learned == second)
        #expect(try classroom.reference.train(router: 0).learned == [second.parameters])
        // One that is started anew begins there as well.
        let newcomer = try classroom.trainer()
        try newcomer.learn(step: 1)
        #expect(newcomer.learned == second)
    }

    @Test func `refuses a step that is not the one it has the parameters for`() throws {
        let classroom = try Classroom()
        try classroom.save()
        let trainer = try classroom.trainer()
        let problem = #expect(throws: StepProblem.self) { try trainer.begin(step: 2, hurts: []) }
        #expect(
            problem?.description == "told to train step 2 after 0, and its parameters are those "
                + "after 0 steps"
        )
    }
}
