// What of a drawn schedule can take effect.

import ClusterModel
import Faults
import Foundation
import Testing

@Suite struct `Drawn faults` {
    private let large = FaultTraffic(ground: ground, chunksPerMessage: 64, passes: 4)
    private let small = FaultTraffic(ground: ground, chunksPerMessage: 1, passes: 1)

    private func played(_ traffic: FaultTraffic, _ faults: String...) throws -> [String] {
        traffic.effective(try faults.map { try fault($0) }).map(\.inline)
    }

    @Test func `of who never starts are left out`() throws {
        let never = "kind=never-starts,npu=5,at=launch"
        let other = "kind=kill,npu=4,at=step 2"
        #expect(
            try played(
                large,
                "kind=straggler,factor=3.0,npu=5,at=step 1",
                never,
                "kind=latency,added=5 us,jitter=1 us,from=5,to=4,at=step 1",
                "kind=link-down,from=1,to=2,at=2nd message from 1 to 5",
                other
            ) == [never, other]
        )
    }

    @Test func `of computing begin before it does`() throws {
        let late = "kind=stall,period=20 us,length=10 us,npu=5,at=step 4 combine,for=1 step"
        #expect(
            try played(large, late) == [late.replacingOccurrences(of: " combine", with: "")]
        )
        let early = late.replacingOccurrences(of: "combine", with: "expert")
        #expect(try played(large, early) == [early])
    }

    @Test func `that need two chunks of a message are left out where it has one`() throws {
        let reorder = "kind=reorder,ratio=1/1,link=roce,at=step 5,for=1 step"
        #expect(try played(small, reorder).isEmpty)
        #expect(try played(large, reorder) == [reorder])
    }

    @Test func `damage less where much passes`() throws {
        let all = "kind=corrupt,ratio=1/1,link=roce,at=step 5,for=1 step"
        let played = try played(large, all)
        #expect(played == [all.replacingOccurrences(of: "1/1", with: "1/8")])
    }

    @Test func `damage as much as may be where more was drawn`() throws {
        let some = FaultTraffic(ground: ground, chunksPerMessage: 16, passes: 1)
        let drawn = "kind=corrupt,ratio=5/8,from=2,to=4,at=step 6 expert,for=1 step"
        #expect(try played(some, drawn) == [drawn.replacingOccurrences(of: "5/8", with: "4/8")])
    }

    /// Of a way with 2 chunks a step nothing less than all is nearly sure to hit any; what is sent
    /// again is damaged at most every second time.
    @Test(arguments: [
        ("stale,ratio=1/8,age=1", "stale,ratio=8/8,age=1"),
        ("duplicate,ratio=1/8", "duplicate,ratio=8/8"), ("drop,ratio=1/8", "drop,ratio=4/8"),
    ])
    func `touch a larger share where little passes`(drawn: String, played: String) throws {
        let rest = ",from=2,to=4,at=step 6 expert,for=1 step"
        #expect(try self.played(small, "kind=" + drawn + rest) == ["kind=" + played + rest])
        #expect(try self.played(large, "kind=" + drawn + rest) == ["kind=" + drawn + rest])
    }
}
