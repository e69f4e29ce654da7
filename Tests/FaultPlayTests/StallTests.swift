import ClusterModel
import Exchange
import Faults
import Links
import Testing

@testable import FaultPlay

/// Gate, expert and combine of one rank, which computes for 5 ns.
private let short = Interval(picoseconds: 5_000)
private let layer = CompiledStep(
    programs: [
        RankProgram([
            RankProgram.Stage(StageRole(.gate), after: [], .wait(.zero)),
            RankProgram.Stage(StageRole(.expert), after: [0], .wait(short)),
            RankProgram.Stage(StageRole(.combine), after: [1], .exchange(RankExchange())),
        ])
    ],
    choice: AlgorithmChoice(.direct, reason: "")
)

private func book(_ at: String, seed: UInt64) throws -> FaultBook {
    let spec = try FaultSpec(
        inline: "kind=stall,npu=0,period=900 us,length=400 us,at=\(at),for=3 steps"
    )
    let ground = FaultGround(nodes: 1, npusPerNode: 1, experts: 1, steps: 9, links: [.hccs])
    let layout = RankLayout(
        nodes: 1,
        npusPerNode: 1,
        parallel: ParallelDegrees(tp: 1, ep: 1, dp: 1),
        experts: 1
    )
    return FaultBook(
        FaultPlan(specs: [spec], seed: seed).events(on: ground),
        over: .mesh(layout)
    )
}

extension FaultBook {
    /// Plays a segment, and says how long its compute takes.
    fileprivate mutating func compute() -> Interval {
        let stage = change(layer).programs[0].stages[1]
        ended(stageEnds: [[.zero, .zero + short, .zero + short]])
        guard case .wait(let time) = stage.work else { return .zero }
        return time
    }
}

@Suite struct `A stall` {
    private static let seeds = UInt64(0)..<40

    @Test func `is under way at the first compute it meets, and not at each of its step`() throws {
        var later: [Interval] = []
        for seed in Self.seeds {
            var book = try book("step 1", seed: seed)
            book.begin(step: 1, router: 0)
            #expect(book.compute() > short)
            later.append(book.compute())
        }
        #expect(later.contains(short))
    }

    @Test func `that begins behind the computes of a step is under way at the next one's`() throws {
        for seed in Self.seeds {
            var book = try book("step 1 combine", seed: seed)
            book.begin(step: 1, router: 0)
            #expect(book.compute() == short)
            book.observe([])
            book.begin(step: 2, router: 0)
            #expect(book.compute() > short)
        }
    }

    @Test func `meets each router alike, and a step that begins again`() throws {
        var book = try book("step 1", seed: 3)
        book.begin(step: 1, router: 0)
        let first = book.compute()
        book.again()
        #expect(book.compute() == first)
        book.observe([])
        book.begin(step: 1, router: 1)
        #expect(book.compute() > short)
    }
}
