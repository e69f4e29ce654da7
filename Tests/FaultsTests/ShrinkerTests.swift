// Shrinking against oracles of which the smallest failing schedule is known.

import ClusterModel
import Faults
import Testing

@Suite struct Shrinking {
    private func schedule(_ seed: UInt64) -> [FaultSpec] {
        FaultDraw(budget: FaultBudget(count: 30...30), ground: ground).schedule(seed: seed)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `one guilty fault is found alone, at its simplest`(seed: UInt64) throws {
        let guilty = try fault(
            "kind=loss,from=1,to=2,ratio=1/8,delay=64 us,at=step 8 combine,every=2 steps,for=4 steps"
        )
        var specs = schedule(seed).filter { $0.kind.name != "loss" }
        specs.insert(guilty, at: specs.count / 3)
        let shrunk = FaultShrinker.smallest(specs) { $0.contains { $0.kind.name == "loss" } }
        let simplest = try fault("kind=loss,from=1,to=2,ratio=1/1,delay=1 us,at=step 0,for=1 step")
        #expect(shrunk.specs == [simplest])
        #expect(!shrunk.isCutShort)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `three that fail together are left`(seed: UInt64) throws {
        let kinds = ["kill", "node-kill", "expert-lost"]
        var specs = schedule(seed).filter { !kinds.contains($0.kind.name) }
        specs.insert(try fault("kind=kill,npu=3,at=step 5"), at: 0)
        specs.insert(try fault("kind=node-kill,node=1,at=step 5"), at: specs.count / 2)
        specs.append(try fault("kind=expert-lost,expert=3,at=step 7"))
        let shrunk = FaultShrinker.smallest(specs) { tried in
            kinds.allSatisfy { kind in tried.contains { $0.kind.name == kind } }
        }
        #expect(shrunk.specs.map(\.kind.name) == kinds, "seed \(seed)")
    }

    @Test func `a parameter is not simplified past where it fails`() throws {
        let specs = [try fault("kind=slow-start,npu=3,delay=800 us")]
        let limit = Interval(picoseconds: 150_000_000)
        let shrunk = FaultShrinker.smallest(specs) { tried in
            tried.contains { spec in
                if case .process(.slowStart(let delay)) = spec.kind { delay > limit } else { false }
            }
        }
        #expect(shrunk.specs == [try fault("kind=slow-start,npu=3,delay=200 us")])
    }

    @Test func `what fails without faults needs none`() {
        #expect(FaultShrinker.smallest(schedule(1)) { _ in true }.specs.isEmpty)
    }

    @Test func `tries are bounded, and the result still fails`() {
        var played = 0
        let shrunk = FaultShrinker.smallest(schedule(3), triesMax: 10) { specs in
            played += 1
            return specs.count >= 20
        }
        #expect(played == 10)
        #expect(shrunk.isCutShort)
        #expect(shrunk.specs.count >= 20)
    }

    @Test func `no schedule is played twice`() {
        var played: Set<[FaultSpec]> = []
        _ = FaultShrinker.smallest(schedule(5)) { specs in
            #expect(played.insert(specs).inserted)
            return specs.count >= 2
        }
    }
}
