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

    @Test func `one router, and none`() {
        let alone = Headline.text(of: SampleRun.results(routers: ["hash"]))
        #expect(alone.hasPrefix("A step of hash takes "))
        var none = SampleRun.results(routers: [])
        none.outcome = "failed: worker 3 is gone"
        #expect(Headline.text(of: none) == "No router has been measured: failed: worker 3 is gone.")
    }
}
