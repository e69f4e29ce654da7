import ReportFixture
import Testing

@testable import Report

@Suite struct `The answer in a sentence` {
    private func headline(
        ratio: Double,
        interval: [Double],
        bytes: Double,
        _ change: (inout RunResults) -> Void = { _ in }
    ) -> String {
        var results = SampleRun.results()
        results.routers[3].versusBaseline = VersusBaseline(
            stepTimeRatio: ratio,
            ci95: interval,
            interNodeBytesRatio: bytes
        )
        change(&results)
        return Headline.text(of: results)
    }

    private let drops = " It drops 14.0 % of the token-expert pairs, switch 11.0 %."

    @Test func `better`() {
        #expect(
            headline(ratio: 0.81, interval: [0.79, 0.83], bytes: 0.38)
                == "locmoe+ sends 62 % fewer bytes between nodes than switch and its step takes "
                + "0.81x the time (95 % interval 0.79 to 0.83)." + drops
        )
    }

    @Test func `worse`() {
        #expect(
            headline(ratio: 1.2, interval: [1.1, 1.3], bytes: 1.043)
                == "locmoe+ sends 4.3 % more bytes between nodes than switch and its step takes "
                + "1.20x the time (95 % interval 1.10 to 1.30)." + drops
        )
    }

    @Test func `no difference`() {
        #expect(
            headline(ratio: 1.001, interval: [0.995, 1.007], bytes: 1)
                == "locmoe+ sends as many bytes between nodes as switch and its step takes "
                + "1.001x the time (95 % interval 0.995 to 1.007; no difference is shown)." + drops
        )
    }

    @Test func `one step has no interval`() {
        let text = headline(ratio: 0.9, interval: [], bytes: 0.5)
        #expect(text.contains("takes 0.90x the time (one pair of steps: no interval)."))
    }

    @Test func `one node sends nothing between nodes`() {
        let text = headline(ratio: 0.9, interval: [0.88, 0.92], bytes: .nan) {
            $0.routers[0].bytes.interNode = 0
        }
        #expect(text.hasPrefix("A step of locmoe+ takes 0.90x the time"))
        #expect(!text.contains("between nodes"))
    }

    @Test func `without locmoe+ the quickest rival stands in`() {
        let text = Headline.text(of: SampleRun.results(routers: ["switch", "locmoe", "hash"]))
        #expect(text.hasPrefix("hash sends 9.9 % more bytes between nodes than switch"))
    }

    private func learned(_ loss: Double, kept: Int, reached ms: Double?) -> Quality {
        var quality = Quality(
            trainLoss: loss,
            heldOutLoss: loss,
            series: [
                QualityStep(
                    step: 0,
                    trainLoss: 5,
                    offered: 100,
                    kept: kept,
                    slots: 110,
                    interNodeBytes: 1
                )
            ]
        )
        quality.timeToLoss = ms.map {
            TimeToLoss(loss: 4.86, step: 90, emulatedUs: $0 * 1000, smoothedSteps: 11)
        }
        return quality
    }

    @Test func `what was learned is said beside what it cost`() {
        func text(_ loss: Double, reached: (Double?, Double?)) -> String {
            headline(ratio: 0.81, interval: [0.79, 0.83], bytes: 0.38) { results in
                results.routers[0].quality = learned(4.7, kept: 99, reached: reached.1)
                results.routers[3].quality = learned(loss, kept: 66, reached: reached.0)
                for router in [0, 3] { results.routers[router].steps = 10 }
                results.routers[0].tokens.routed = 990
                results.routers[3].tokens.routed = 660
            }
        }
        let worse = text(4.747, reached: (392, 379))
        #expect(
            worse.hasSuffix(
                " Its held-out loss is 1.0 % higher (4.7470, switch 4.7000); it comes to a training "
                    + "loss of 4.86 in 392 ms, switch in 379 ms. Its experts compute 33.3 % fewer pairs "
                    + "than those of switch, and 40.0 % fewer than they have slots for (switch "
                    + "10.0 %)."
            ),
            "\(worse)"
        )
        let alone = text(4.653, reached: (nil, 5))
        #expect(alone.contains("is 1.0 % lower (4.6530, switch 4.7000); it does not come to a"))
        #expect(alone.contains("loss of 4.86, switch does in 5,000.0 µs."))
        #expect(text(4.7, reached: (nil, nil)).contains("is the same (4.7000, switch 4.7000). Its"))
    }

    @Test func `one router, and none`() {
        let alone = Headline.text(of: SampleRun.results(routers: ["hash"]))
        #expect(alone.hasPrefix("A step of hash takes "))
        var none = SampleRun.results(routers: [])
        none.outcome = "failed: worker 3 is gone"
        #expect(Headline.text(of: none) == "No router has been measured: failed: worker 3 is gone.")
    }
}
