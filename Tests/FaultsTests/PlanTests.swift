// What follows from a seed: strikes, random targets, drawn schedules.

import ClusterModel
import Faults
import Testing

@Suite struct Plans {
    private func steps(_ text: String, seed: UInt64 = 7) throws -> [Int] {
        FaultPlan(specs: [try fault(text)], seed: seed).events(on: ground).compactMap(\.step)
    }

    @Test func `at strikes once, every strikes again`() throws {
        #expect(try steps("kind=kill,npu=3,at=step 5") == [5])
        #expect(try steps("kind=kill,npu=3,at=step 5,every=3 steps") == [5, 8, 11])
        #expect(try steps("kind=kill,npu=3,every=4 steps") == [0, 4, 8])
        #expect(
            try steps("kind=flap,npu=3,period=1 us,at=step 2,every=3 steps,until=step 8") == [2, 5]
        )
        let within = "at=step 2,every=3 steps,until=step 8 combine"
        #expect(try steps("kind=flap,npu=3,period=1 us,\(within)") == [2, 5, 8])
        #expect(try steps("kind=kill,npu=3,probability=1/1") == Array(0..<12))
        #expect(try steps("kind=kill,npu=3,at=12 ms") == [])
    }

    @Test func `a probability is kept over seeds`() throws {
        var strikes = 0
        for seed in 0..<500 as Range<UInt64> {
            strikes += try steps("kind=kill,npu=3,probability=1/4", seed: seed).count
        }
        // 6,000 draws at 1/4: 1,500 with a standard deviation of 34.
        #expect((1330...1670).contains(strikes))
    }

    @Test func `whole steps end at a step`() throws {
        let spec = try fault("kind=pause,npu=3,at=step 5 dispatch,for=2 steps")
        let event = FaultPlan(specs: [spec], seed: 7).events(on: ground)[0]
        #expect(event.span == .until(.step(7, nil)))
    }

    @Test func `one seed gives one plan, and another another`() throws {
        let spec = try fault("kind=corrupt,target=random,probability=1/2")
        func events(_ seed: UInt64) -> [FaultEvent] {
            FaultPlan(specs: [spec], seed: seed).events(on: ground)
        }
        #expect(events(7) == events(7))
        #expect(events(7) != events(8))
        #expect(events(7).allSatisfy { $0.target.sort == .pair })
        let plan = FaultPlan(specs: [spec], seed: 7)
        let steps = plan.events(on: ground).compactMap(\.step)
        #expect(steps == steps.sorted() && steps.count == events(7).count)
    }

    @Test func `a random target reaches every NPU`() throws {
        let spec = try fault("kind=kill,target=random,at=step 5")
        let targets = (0..<200 as Range<UInt64>).map {
            FaultPlan(specs: [spec], seed: $0).events(on: ground)[0].target
        }
        #expect(Set(targets) == Set((0..<8).map { .npu(Rank($0)) }))
    }

    @Test func `schedules keep the budget, and all kinds are drawn`() {
        let draw = FaultDraw(budget: FaultBudget(count: 3...6), ground: ground)
        var names: Set<String> = []
        for seed in 0..<1000 as Range<UInt64> {
            let schedule = draw.schedule(seed: seed)
            #expect((3...6).contains(schedule.count), "seed \(seed)")
            #expect(schedule == draw.schedule(seed: seed))
            names.formUnion(schedule.map(\.kind.name))
        }
        #expect(names == Set(FaultKind.names))
    }

    @Test func `weights are kept, and what has no target is left out`() {
        let heavy = FaultBudget(count: 4...4, weights: ["kill": 1000])
        let draws = (0..<50 as Range<UInt64>).flatMap {
            FaultDraw(budget: heavy, ground: ground).schedule(seed: $0)
        }
        #expect(draws.count { $0.kind.name == "kill" } > 180)
        var alone = ground
        (alone.nodes, alone.npusPerNode, alone.links) = (1, 1, [])
        let only = FaultBudget(count: 2...2, only: ["connection-reset"])
        let schedule = FaultDraw(budget: only, ground: alone).schedule(seed: 1)
        #expect(schedule.allSatisfy { $0.target == .npu(Rank(0)) })
    }
}
