import ClusterModel
import Conformance
import Testing

/// A sample of what tools/soak-simulation plays by the thousand.
@Suite struct `Random steps of random clusters` {
    @Test(arguments: UInt64(1)...200)
    func `keep every rule`(seed: UInt64) throws {
        try Conformance.check(SoakCase(seed: seed, chunkMin: 1_000))
    }

    @Test(arguments: SoakCase.algorithms, UInt64(1_000)..<1_005)
    func `keep every rule by every algorithm`(
        algorithm: ExchangeAlgorithm,
        seed: UInt64
    ) throws {
        try Conformance.check(SoakCase(seed: seed, algorithm: algorithm, chunkMin: 1_000))
    }

    @Test func `are the same for the same seed`() {
        let seeds = UInt64(0)..<20
        #expect(seeds.allSatisfy { SoakCase(seed: $0).programs == SoakCase(seed: $0).programs })
    }
}
