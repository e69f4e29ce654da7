import ClusterModel
import Exchange
import Faults
import Links
import Simulation
import Testing

@testable import FaultPlay

/// A gate, then an expert of 100 µs, on each of two ranks.
private let expert = Interval(picoseconds: 100_000_000)

private func interval(microseconds: Int) -> Interval {
    Interval(picoseconds: Int64(microseconds) * 1_000_000)
}

private func stretch(_ fault: ComputeFault, seed: UInt64 = 7) -> ComputeStretch {
    ComputeStretch(fault: fault, seed: seed)
}

@Suite struct `Faults of computing` {
    @Test func `a straggler takes exactly its factor`() {
        let taken = stretch(.straggler(factor: 3)).time(for: expert, step: 1, router: 0, stage: 2)
        #expect(taken == interval(microseconds: 300))
    }

    @Test func `jitter stays in its range, differs by step and repeats by seed`() {
        let times = { (seed: UInt64) in
            (0..<100).map {
                stretch(.jitter(atMost: 0.5), seed: seed)
                    .time(for: expert, step: $0, router: 0, stage: 2)
            }
        }
        #expect(times(7).allSatisfy { $0 >= expert && $0 < interval(microseconds: 150) })
        #expect(Set(times(7)).count > 90)
        #expect(times(7) == times(7) && times(7) != times(8))
    }

    /// 10 µs of every 20 are lost: 100 µs of computing take 5 periods of 20 µs and a part.
    @Test func `a stall costs its length in every period`() {
        let stall = ComputeFault.stall(
            period: interval(microseconds: 20),
            length: interval(microseconds: 10)
        )
        for step in 0..<100 {
            let taken = stretch(stall).time(for: expert, step: step, router: 0, stage: 2)
            #expect(taken >= interval(microseconds: 190) && taken <= interval(microseconds: 200))
        }
    }

    /// However short it is beside the period.
    @Test func `the first compute finds a stall under way`() {
        let stall = stretch(
            .stall(period: interval(microseconds: 900), length: interval(microseconds: 400))
        )
        let short = Interval(picoseconds: 5_000)
        for step in 0..<100 {
            let taken = stall.time(for: short, step: step, router: 0, stage: 2, isFirst: true)
            #expect(taken > short && taken <= short + interval(microseconds: 400))
        }
        let later = (0..<100).map { stall.time(for: short, step: $0, router: 0, stage: 2) }
        #expect(later.contains(short))
    }

    @Test func `NPUs of a node are all struck, and draw each for itself`() throws {
        let fault = "kind=compute-jitter,node=1,at_most=0.5,at=step 1"
        let event = try TwoByTwo.book([fault]).outcomes[0].event
        #expect(event.ranks(on: TwoByTwo.layout) == [Rank(2), Rank(3)])
        let times = try event.ranks(on: TwoByTwo.layout).map {
            try #require(event.stretch(of: $0)).time(for: expert, step: 1, router: 0, stage: 2)
        }
        #expect(Set(times).count == 2)
    }

    @Test func `nothing planned is nothing stretched`() {
        let taken = stretch(.straggler(factor: 9)).time(for: .zero, step: 0, router: 0, stage: 0)
        #expect(taken == .zero)
    }
}
