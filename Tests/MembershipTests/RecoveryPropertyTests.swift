import ClusterModel
import Testing

@testable import Membership

/// Clusters of machines in which workers die at any moment.
@Suite struct RecoveryPropertyTests {
    private func play(_ ladder: RecoveryLadder, deaths: Int, seed: UInt64) -> ClusterPlay {
        var play = ClusterPlay(world: 4, steps: 5, deaths: deaths, ladder: ladder, seed: seed)
        play.play()
        return play
    }

    @Test func `nobody dies: every step is done once, in order`() {
        for seed in 0..<50 as Range<UInt64> {
            let play = play(.none, deaths: 0, seed: seed)
            #expect(play.violations == [], "seed \(seed)")
            #expect(play.done == Array(0..<5), "seed \(seed)")
        }
    }

    @Test func `whoever dies whenever is started again, and every step is done`() {
        let ladder = RecoveryLadder([LadderRung(.restart, limit: 10)])
        for seed in 0..<300 as Range<UInt64> {
            let play = play(ladder, deaths: 4, seed: seed)
            #expect(play.violations == [], "seed \(seed)")
            #expect(play.failure == nil, "seed \(seed)")
            #expect(play.done.count == 5, "seed \(seed)")
            #expect(play.done == play.done.sorted(), "seed \(seed)")
        }
    }

    @Test func `without those that died twice the others end every step`() {
        let ladder = RecoveryLadder(
            [LadderRung(.restart, limit: 1), LadderRung(.exclude, limit: 3)]
        )
        var exclusions = 0
        for seed in 0..<300 as Range<UInt64> {
            let play = play(ladder, deaths: 4, seed: seed)
            #expect(play.violations == [], "seed \(seed)")
            #expect(play.failure == nil, "seed \(seed)")
            #expect(play.done.count == 5, "seed \(seed)")
            exclusions += play.excluded.count
        }
        #expect(exclusions > 30)
    }

    @Test func `a ladder that is used up ends the run with the failure`() {
        let ladder = RecoveryLadder([LadderRung(.restart, limit: 0)])
        var failures = 0
        for seed in 0..<50 as Range<UInt64> {
            let play = play(ladder, deaths: 1, seed: seed)
            #expect(play.violations == [], "seed \(seed)")
            if play.failure != nil { failures += 1 }
        }
        #expect(failures > 10)
    }
}
