// The words of a fault: moments, spans, ratios, targets.

import ClusterModel
import Testing

@testable import Faults

@Suite struct Grammar {
    @Test(arguments: [
        "launch", "step 0", "step 5 gate", "step 5 dispatch", "step 5 expert", "step 5 combine",
        "12 ms", "1500 ns", "1st message from 0 to 1", "2nd message from 0 to 1",
        "3rd message from 5 to 7", "11th message from 5 to 7", "23rd message from 5 to 7",
    ])
    func `a moment reads and writes alike`(text: String) throws {
        let moment = try #require(FaultMoment(text))
        #expect(FaultMoment(moment.description) == moment)
    }

    @Test func `a moment means what it says`() {
        #expect(FaultMoment("step 5 dispatch") == .step(5, .dispatch))
        #expect(FaultMoment("12 ms") == .time(Interval(picoseconds: 12_000_000_000)))
        #expect(FaultMoment("3rd message from 5 to 7") == .message(3, from: Rank(5), to: Rank(7)))
    }

    @Test(arguments: [
        "", "step", "step -1", "step five", "step 5 dispatching", "step 5 gate x", "12", "12 m",
        "-1 ms", "2th message from 1 to 2", "0th message from 1 to 2", "3rd message to 7",
        "3rd message from 5 to", "1e99 s", "step 99999999999999999999", "7200 s", ". ms",
    ])
    func `what is no moment is refused`(text: String) {
        #expect(FaultMoment(text) == nil)
    }

    @Test(arguments: ["1/4", "0/1", "1/1", "999999/1000000"])
    func `a ratio reads and writes alike`(text: String) {
        #expect(Ratio(text)?.description == text)
    }

    @Test(arguments: ["", "1", "0.25", "2/1", "1/0", "-1/4", "1/4/2", "1/1000001", "a/b"])
    func `what is no ratio is refused`(text: String) {
        #expect(Ratio(text) == nil)
    }

    @Test(arguments: [
        ("kind=kill,npu=3", "at: missing"),
        ("npu=3,at=step 5", "kind: missing"),
        ("kind=kil,npu=3,at=step 5", "kind: \"kil\" is no kind of fault"),
        ("kind=kill,at=step 5", ": no target"),
        ("kind=kill,npu=3,target=random,at=step 5", ": several targets"),
        ("kind=kill,npu=x,at=step 5", "npu: \"x\" does not fit"),
        ("kind=kill,npu=3,at=stpe 5", "at: \"stpe 5\" does not fit"),
        ("kind=kill,npu=3,at=step 5,code=3", "code: no key of this fault"),
        ("kind=kill,npu=3,at=step 5,for=2 steps", "for: \"kill\" has no end to wait for"),
        ("kind=kill,npu=3,at=step 5,npu=4", "npu: given twice"),
        ("kind=kill,npu=3,at=launch", "at: \"kill\" needs running workers"),
        ("kind=never-starts,npu=3,at=step 2", "at: \"never-starts\" happens at launch"),
        ("kind=kill,npu=3,at=12 ms,every=2 steps", "every: \"12 ms\" comes once"),
        ("kind=pause,npu=3,at=step 5,for=0 ms", "for: \"0 ms\" does not fit"),
        (
            "kind=pause,npu=3,at=step 5,until=step 4",
            "until: \"step 4\" is no later than its beginning"
        ),
        (
            "kind=pause,npu=3,at=step 5,until=step 5",
            "until: \"step 5\" is no later than its beginning"
        ),
        (
            "kind=latency,link=roce,added=1 us,at=step 5 expert,until=step 5 dispatch",
            "until: \"step 5 dispatch\" is no later than its beginning"
        ),
        (
            "kind=latency,link=roce,added=1 us,at=5 ms,until=1 ms",
            "until: \"1 ms\" is no later than its beginning"
        ),
        ("kind=pause,npu=3,probability=0/1,for=10 ms", "probability: \"0/1\" never strikes"),
        (
            "kind=pause,npu=3,at=step 5,for=1 step,until=step 9",
            "until: given beside \"for\""
        ),
        ("kind=bandwidth,link=roce,at=step 5", "factor: missing"),
        ("kind=bandwidth,link=rose,factor=0.5,at=step 5", "link: \"rose\" is unknown"),
        ("kind=corrupt,from=5,at=step 5", "to: missing"),
        ("kind=loss,from=5,to=7,ratio=0/1,delay=1 ms,at=step 5", "ratio: \"0/1\" does not fit"),
        (
            "kind=stall,npu=1,period=1 ms,length=1 ms,at=step 1",
            "length: as long as the period: "
                + "the NPU would never compute"
        ),
        ("kind", ": \"kind\" is no assignment"),
        ("", ": \"\" is no assignment"),
    ])
    func `a wrong fault is told what is wrong`(text: String, says: String) {
        #expect(mistakes(text) == [says])
    }

    @Test func `all mistakes come at once`() {
        #expect(
            mistakes("kind=bandwidth,factor=7,link=x,at=never,colour=1") == [
                "factor: 7 does not fit", "at: \"never\" does not fit", "link: \"x\" is unknown",
                "colour: no key of this fault",
            ]
        )
    }

    @Test func `a message names its link`() throws {
        let spec = try fault("kind=corrupt,at=3rd message from 5 to 7")
        #expect(spec.target == .pair(from: Rank(5), to: Rank(7)))
    }
}
