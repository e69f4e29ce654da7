import ClusterModel
import Routing

/// Seeded inputs of the routing tests.
enum Samples {
    /// `count` tokens of `width` values from -1 to 1, each token shifted a little its own way.
    static func batch(count: Int, width: Int, seed: UInt64) -> TokenBatch {
        var random = SeededRandom(seed: seed)
        var features: [Float] = []
        for _ in 0..<count {
            let shift = random.nextUnit() - 0.5
            for _ in 0..<width { features.append(Float(2 * random.nextUnit() - 1 + shift)) }
        }
        let ids = (0..<count).map { _ in UInt32(random.next(below: 50)) }
        let domains = (0..<count).map { UInt8($0 % 3) }
        return TokenBatch(width: width, features: features, tokenIDs: ids, domains: domains)
    }

    static func settings(
        topK: Int = 1,
        factor: Double = 1.1,
        floor: Int = 1,
        threshold: Double = 1,
        mode: ModeChoice = .ecr,
        policy: OverflowPolicy = .drop
    ) -> RoutingSettings {
        RoutingSettings(
            routers: RouterName.allCases,
            baseline: .switch,
            topK: topK,
            capacityFactor: factor,
            capacityFloor: floor,
            threshold: threshold,
            mode: mode,
            policy: policy
        )
    }

    static func router(
        _ name: RouterName,
        _ settings: RoutingSettings = settings(),
        experts: Int,
        batch: TokenBatch,
        capacity: Int? = nil
    ) throws -> any Router {
        var parts = RouterParts()
        parts.frequencies = TokenFrequencies(of: batch.tokenIDs)
        parts.capacity = capacity
        parts.nodes = experts.isMultiple(of: 2) ? 2 : 1
        parts.domains = experts >= 3 * settings.topK ? 3 : 1
        return try RouterCatalog.make(
            name,
            settings: settings,
            experts: experts,
            width: batch.width,
            seed: 7,
            parts: parts
        )
    }

    /// A batch whose GrAP affinities are set: two slices of one element each, at an angle.
    static func angled(_ degrees: [(Float, Float)]) -> TokenBatch {
        TokenBatch(width: 2, features: degrees.flatMap { [$0.0, $0.1] })
    }
}
