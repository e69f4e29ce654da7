import ClusterModel

/// Makes routers by name.
public enum RouterCatalog {
    /// Makes the router called `name`.
    ///
    /// - Parameters:
    ///   - name: which one.
    ///   - settings: top_k (not of `gshard`, which takes 2, nor of `expert-choice`) and the
    ///     capacity factor (not of `expert-choice`); threshold, floor, mode and policy are
    ///     LocMoE+'s alone, the other routers drop overflow by position as their papers do.
    ///   - experts: n.
    ///   - width: d of the features.
    ///   - seed: for untrained weights, fixed maps and draws.
    ///   - parts: weights and sizes of single routers.
    /// - Returns: a router for batches of that width.
    /// - Throws: `RoutingError` when the numbers do not fit.
    public static func make(
        _ name: RouterName,
        settings: RoutingSettings,
        experts: Int,
        width: Int,
        seed: UInt64,
        parts: RouterParts = RouterParts()
    ) throws(RoutingError) -> any Router {
        try check(settings, experts: experts, capacity: parts.capacity)
        return try RouterMaker(
            name: name,
            settings: settings,
            experts: experts,
            width: width,
            seed: seed,
            parts: parts
        ).router()
    }

    private static func check(
        _ settings: RoutingSettings,
        experts: Int,
        capacity: Int?
    ) throws(RoutingError) {
        func require(
            _ holds: Bool,
            _ setting: RoutingError.Setting,
            _ seen: some CustomStringConvertible,
            _ accepted: String
        ) throws(RoutingError) {
            guard holds else {
                throw .outOfRange(setting, seen: "\(seen)", accepted: accepted)
            }
        }
        let factor = settings.capacityFactor
        try require(experts > 0, .experts, experts, "at least 1")
        guard (1...experts).contains(settings.topK) else {
            throw .topKOutOfRange(topK: settings.topK, experts: experts)
        }
        try require(
            factor > 0 && factor.isFinite,
            .capacityFactor,
            factor,
            "a number above 0"
        )
        let threshold = settings.threshold
        try require(
            threshold > 0 && threshold <= 1,
            .threshold,
            threshold,
            "a share above 0 and at most 1"
        )
        let floor = settings.capacityFloor
        try require(floor >= 0, .capacityFloor, floor, "0 or more")
        try require((capacity ?? 0) >= 0, .capacity, capacity ?? 0, "0 or more")
    }
}
