// The survival ladder.

import ClusterModel
import Faults
import Testing

@Suite struct Verdicts {
    private let kill = "kind=kill,npu=3,at=step 5"
    private let reaped = [FaultProof.processEnded(signal: 9, code: nil)]

    private func verdict(
        _ outcomes: [FaultOutcome],
        end: FaultedRunEnd = .finished,
        lost: Int = 0,
        doubled: Int = 0,
        equal: Bool? = true
    ) -> SurvivalVerdict {
        SurvivalVerdict(
            SurvivalFacts(
                outcomes: outcomes,
                end: end,
                tokensLost: lost,
                tokensDuplicated: doubled,
                stateIsEqual: equal
            )
        )
    }

    @Test(
        arguments: [
            ([], .noEffect), ([.resend], .chunkRetried),
            ([.retry, .resend], .stepRetried), ([.retry], .stepRetried),
            ([.retry, .restart], .workerRestarted),
            ([.exclude, .restart], .workerExcluded),
        ] as [([RecoveryMeasure], SurvivalLevel)]
    )
    func `the hardest recovery gives the level`(measures: [RecoveryMeasure], level: SurvivalLevel)
        throws
    {
        let verdict = verdict([try outcome(kill, reaped, measures)])
        #expect(verdict.level == level)
        #expect(verdict.isGood)
        #expect(!verdict.reasons.isEmpty)
    }

    @Test func `what was tried in vain gives no level`() throws {
        var tried = try outcome(kill, reaped, [.restart])
        tried.recoveries.append(RecoveryRecord(measure: .exclude, succeeded: false))
        #expect(verdict([tried]).level == .workerRestarted)
    }

    @Test func `broken promises fail`() throws {
        let good = [try outcome(kill, reaped, [.restart])]
        #expect(verdict(good, lost: 1).level == .failed)
        #expect(verdict(good, doubled: 2).reasons == ["2 tokens duplicated"])
        #expect(verdict(good, equal: false).level == .failed)
        #expect(verdict(good, equal: nil).level == .workerRestarted)
        #expect(verdict(good, end: .failed("stuck")).reasons == ["stuck"])
        #expect(verdict(good, end: .aborted("npu 3 died")).level == .failed)
        #expect(verdict([], lost: 1, equal: false).reasons.count == 2)
    }

    @Test func `what exclusion promises of the state is kept, too`() throws {
        let excluded = [try outcome(kill, reaped, [.exclude])]
        #expect(verdict(excluded, equal: nil).level == .workerExcluded)
        #expect(verdict(excluded, equal: true).level == .workerExcluded)
        #expect(verdict(excluded, equal: false).level == .failed)
    }

    @Test func `a load that fell shows an expert lost, one that rose a hot one`() throws {
        let hot = try #require(Ratio(1, 2))
        let (fell, rose) = (
            FaultProof.load(before: 117, during: 0), FaultProof.load(before: 50, during: 80)
        )
        #expect(fell.proves(.expert(.lost)) && !fell.proves(.expert(.hot(share: hot))))
        #expect(rose.proves(.expert(.hot(share: hot))) && !rose.proves(.expert(.lost)))
    }

    @Test func `no evidence, no verdict`() throws {
        let silent = try outcome(kill, [])
        #expect(verdict([silent]).level == .inconclusive)
        #expect(!verdict([silent]).isGood)
        var never = try outcome(kill, reaped)
        never.applied = nil
        #expect(verdict([never]).reasons == ["fault 0 (kill at step 5) was never applied"])
        // What is broken is broken, whoever broke it.
        #expect(verdict([silent], lost: 1).level == .failed)
    }

    @Test func `killed from outside is neither pass nor fail`() throws {
        let end = FaultedRunEnd.killedFromOutside("rank 2, out of memory")
        let verdict = verdict([try outcome(kill, [])], end: end, lost: 9, equal: false)
        #expect(verdict.level == .unknown)
        #expect(!verdict.isGood)
    }
}
