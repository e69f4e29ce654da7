import ClusterModel
import Routing
import Testing

@Suite struct `Conventional capacity` {
    /// Tokens, experts, k, cf and C.
    static let known = [
        (512, 16, 1, 1.1, 36), (160, 16, 1, 1.1, 11), (512, 16, 1, 1.0, 32),
        (512, 16, 2, 1.25, 80), (10, 3, 1, 1.2, 4), (1, 64, 1, 1.1, 1), (0, 8, 1, 1.1, 0),
        (100, 10, 1, 0.7, 7), (3, 3, 1, 1.1, 2), (1000, 10, 3, 1.1, 330),
    ]

    @Test(arguments: known)
    func `is the ceiling, and rounding noise does not bump it`(
        tokens: Int,
        experts: Int,
        topK: Int,
        factor: Double,
        slots: Int
    ) {
        #expect(
            Capacity.conventional(tokens: tokens, experts: experts, topK: topK, factor: factor)
                == slots
        )
    }

    @Test func `agrees with whole-number arithmetic for hundredths`() {
        for hundredths in stride(from: 1, through: 400, by: 3) {
            for tokens in [1, 7, 100, 512, 4096] {
                for experts in [1, 3, 8, 16, 60] {
                    let exact = (hundredths * tokens + 100 * experts - 1) / (100 * experts)
                    let slots = Capacity.conventional(
                        tokens: tokens,
                        experts: experts,
                        topK: 1,
                        factor: Double(hundredths) / 100
                    )
                    #expect(slots == exact)
                }
            }
        }
    }

    @Test func `a huge factor does not overflow`() {
        #expect(Capacity.conventional(tokens: 9, experts: 1, topK: 1, factor: 1e300) > 9)
    }
}

@Suite struct `The router catalog refuses` {
    private func problem(
        _ name: RouterName,
        _ settings: RoutingSettings = Samples.settings(),
        experts: Int = 8,
        gate: DenseGate? = nil,
        nodes: Int = 1,
        domains: Int = 1,
        choicesMax: Int? = nil
    ) -> String? {
        do {
            var parts = RouterParts()
            parts.gate = gate
            parts.nodes = nodes
            parts.domains = domains
            parts.choicesMax = choicesMax
            _ = try RouterCatalog.make(
                name,
                settings: settings,
                experts: experts,
                width: 384,
                seed: 1,
                parts: parts
            )
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `experts that do not divide the width, and says what would`() {
        #expect(
            problem(.locmoePlus, experts: 10)
                == "locmoe+: 10 experts do not divide features of width 384, and GrAP needs "
                + "equal slices: try 8 or 12 experts"
        )
        #expect(problem(.locmoe, experts: 500)?.hasSuffix("try 384 experts") == true)
        #expect(problem(.switch, experts: 10) == nil)
        #expect(problem(.hash, experts: 10) == nil)
    }

    @Test func `more choices than experts`() {
        #expect(
            problem(.switch, Samples.settings(topK: 9))
                == "top_k 9 with 8 experts: expected 1 to 8"
        )
    }

    @Test func `sizes that single routers cannot share out`() {
        #expect(problem(.smile, nodes: 4) == nil)
        #expect(problem(.smile, nodes: 3)?.hasPrefix("smile: 8 experts over 3 nodes") == true)
        #expect(problem(.rre, Samples.settings(topK: 2), domains: 4) == nil)
        #expect(problem(.rre, Samples.settings(topK: 2), domains: 5)?.contains("at most 1") == true)
        #expect(problem(.gshard, experts: 1) == "top_k 2 with 1 experts: expected 1 to 1")
        #expect(problem(.adaK, choicesMax: 9)?.contains("k_max of ada-k is 9") == true)
        #expect(problem(.adaK, Samples.settings(topK: 5)) == nil)
    }

    @Test func `a gate that lies the wrong way round`() {
        let gate = DenseGate(experts: 384, width: 8, seed: 1)
        #expect(problem(.switch, gate: gate)?.hasSuffix("try its transpose") == true)
    }

    @Test(arguments: [
        Samples.settings(factor: 0), Samples.settings(factor: .nan),
        Samples.settings(threshold: 0), Samples.settings(threshold: 1.01),
        Samples.settings(floor: -1),
    ])
    func `numbers out of range`(_ settings: RoutingSettings) {
        #expect(problem(.locmoePlus, settings)?.contains("expected") == true)
    }
}

@Suite struct `Gate operations` {
    /// At hidden 4096, 16 experts on 2 nodes, k_max 2, p 128.
    static let known: [(RouterName, Double)] = [
        (.switch, 131_072), (.hash, 0), (.locmoe, 4112), (.locmoePlus, 4112), (.gshard, 131_072),
        (.expertChoice, 131_072), (.tcr, 4112), (.ecr, 4112), (.rre, 0), (.smile, 81_920),
        (.adaK, 147_456), (.rmoe, 1_048_576 + 196_608 + 4096), (.preGated, 131_072),
    ]

    @Test(arguments: known)
    func `follow the emulated hidden size`(name: RouterName, flops: Double) throws {
        let batch = Samples.batch(count: 1, width: 384, seed: 1)
        let router = try Samples.router(name, experts: 16, batch: batch)
        #expect(router.gateFlopsPerToken(hidden: 4096) == flops)
    }

    @Test func `every router is listed`() {
        #expect(Set(Self.known.map(\.0)) == Set(RouterName.allCases))
    }

    @Test func `a decision for several layers costs each its share`() {
        let gate = DenseGate(experts: 4, width: 8, seed: 1)
        let router = PreGatedRouter(gate: gate, topK: 1, capacity: .factor(1), layers: 8)
        #expect(router.gateFlopsPerToken(hidden: 100) == 100)
    }
}
