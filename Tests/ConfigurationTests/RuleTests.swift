// Keys that must fit one another, and the choices that are worked out from others.

import ClusterModel
import Testing

@Suite struct Rules {
    @Test(arguments: [
        Mistake(
            text: "[parallel]\nep = 3",
            says: "parallel.ep: tp 1, ep 3, dp auto do not share out 8 NPUs; "
                + "expected tp x ep x dp = nodes x npus_per_node = 8"
        ),
        Mistake(
            text: "[parallel]\nep = 4\ndp = 4",
            says: "parallel.ep: tp 1, ep 4, dp 4 do not share out 8 NPUs; "
                + "expected tp x ep x dp = nodes x npus_per_node = 8"
        ),
        Mistake(
            text: "[parallel]\ndp = 3",
            says: "parallel.dp: tp 1, ep auto, dp 3 do not share out 8 NPUs; "
                + "expected tp x ep x dp = nodes x npus_per_node = 8"
        ),
        Mistake(
            text: "[parallel]\nep = 8\n[model]\nexperts = 12",
            says: "parallel.ep: 12 experts do not divide over ep 8; "
                + "expected experts to be a multiple of ep, or ep \"auto\""
        ),
        Mistake(
            text: "[cluster]\nnpus_per_node = 9",
            says: "cluster.npus_per_node: 9 NPUs a node, more than a 910b3 server has; "
                + "expected at most 8, or the preset \"custom\""
        ),
        Mistake(
            text: "[routing]\nbaseline = \"hash\"\nrouters = [\"switch\", \"locmoe\"]",
            says: "routing.baseline: \"hash\" is not among the routers; "
                + "expected one of \"switch\", \"locmoe\""
        ),
        Mistake(
            text: "[routing]\ntop_k = 17",
            says: "routing.top_k: a token cannot choose 17 of 16 experts; "
                + "expected top_k to be at most the number of experts"
        ),
        Mistake(
            text: "[routing]\ncapacity_floor = 37",
            says: "routing.capacity_floor: a floor of 37 lies above the capacity, 36 "
                + "(top_k x tokens_per_npu / experts x capacity_factor, rounded up); "
                + "expected capacity_floor to be at most 36"
        ),
    ])
    func `sizes that do not fit are told how they would`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:2: " + mistake.says])
    }

    @Test func `a rule is not checked over a key that is wrong by itself`() {
        #expect(report("[cluster]\nnodes = 0\n[parallel]\nep = 7").count == 1)
        #expect(report("[model]\nexprets = 12\n[parallel]\nep = 8").count == 1)
    }

    @Test func `the preset custom asks for every figure`() {
        let missing = report("[cluster]\nnodes = 2\npreset = \"custom\"")
        let keys = [
            "links.hccs.bandwidth", "links.hccs.latency", "links.hccs.topology",
            "links.roce.bandwidth", "links.roce.latency", "model.peak",
        ]
        #expect(missing.count == keys.count)
        for (line, key) in zip(missing, keys) {
            #expect(line.hasPrefix("cluster.toml:3: \(key): missing, and the preset \"custom\""))
        }
    }

    @Test func `a misspelt key is not missing as well`() {
        let text = "[cluster]\npreset = \"custom\"\n[links.hccs]\nbandwith = \"1 GB/s\""
        #expect(report(text).count { $0.contains("links.hccs.band") } == 1)
    }

    @Test(
        arguments: [
            (2, 4, 16, 8, 1), (2, 4, 12, 4, 2), (3, 4, 16, 4, 3), (2, 4, 1, 1, 8), (1, 8, 64, 8, 1),
            (2, 3, 9, 3, 2),
        ] as [(Int, Int, Int, Int, Int)]
    )
    func `ep auto is the largest divisor of experts and NPUs`(
        nodes: Int,
        npus: Int,
        experts: Int,
        ep: Int,
        dp: Int
    ) throws {
        let set = [
            "cluster.nodes=\(nodes)", "cluster.npus_per_node=\(npus)", "model.experts=\(experts)",
        ]
        let plan = try read("[parallel]\nep = \"auto\"", set: set).get()
        #expect(plan.parallel == ParallelDegrees(tp: 1, ep: ep, dp: dp))
        #expect(RankLayout(plan).world == nodes * npus)
    }

    @Test func `one degree follows from the other`() throws {
        #expect(try read("", set: ["parallel.ep=4"]).get().parallel.dp == 2)
        #expect(try read("", set: ["parallel.dp=4"]).get().parallel.ep == 2)
    }

    @Test func `the baseline left out is the first router`() throws {
        let plan = try read("[routing]\nrouters = [\"hash\", \"switch\"]").get()
        #expect(plan.routing.routers == [.hash, .switch])
        #expect(plan.routing.baseline == .hash)
    }
}
