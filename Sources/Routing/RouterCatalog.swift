import ClusterModel

/// Makes routers by name.
public enum RouterCatalog {
    /// Makes the router called `name`.
    ///
    /// - Parameters:
    ///   - name: which one.
    ///   - settings: top_k and the capacity factor for all; threshold, floor, mode and policy are
    ///     LocMoE+'s alone, the other routers drop overflow by position as their papers do.
    ///   - experts: n.
    ///   - width: d of the features.
    ///   - seed: for an untrained gate and for the hash map.
    ///   - gate: Switch's W; untrained weights from the seed when nil.
    ///   - frequencies: how often each token id occurs, for the hash map.
    ///   - capacity: C, the same for every batch; from the capacity factor when nil.
    ///   - softmaxScale: the factor in front of the softmax of LocMoE+'s weights.
    /// - Returns: a router for batches of that width.
    /// - Throws: `RoutingError` when the numbers do not fit.
    public static func make(
        _ name: RouterName,
        settings: RoutingSettings,
        experts: Int,
        width: Int,
        seed: UInt64,
        gate: DenseGate? = nil,
        frequencies: TokenFrequencies = TokenFrequencies(),
        capacity: Int? = nil,
        softmaxScale: Double = 1
    ) throws(RoutingError) -> any Router {
        try check(settings, experts: experts, capacity: capacity)
        let slots = capacity.map(Capacity.fixed) ?? .factor(settings.capacityFactor)
        switch name {
        case .switch:
            let gate = gate ?? DenseGate(experts: experts, width: width, seed: seed)
            try check(gate, experts: experts, width: width)
            return SwitchRouter(gate: gate, topK: settings.topK, capacity: slots)
        case .hash:
            let map = BalancedTokenMap(frequencies, experts: experts, seed: seed)
            return HashRouter(map: map, topK: settings.topK, capacity: slots)
        case .locmoe:
            let pooling = try pooling(name, experts: experts, width: width)
            return LocMoERouter(gate: pooling, topK: settings.topK, capacity: slots)
        case .locmoePlus:
            return LocMoEPlusRouter(
                gate: try pooling(name, experts: experts, width: width),
                settings: settings,
                capacity: slots,
                softmaxScale: softmaxScale
            )
        }
    }

    private static func pooling(
        _ name: RouterName,
        experts: Int,
        width: Int
    ) throws(RoutingError) -> GroupedAveragePooling {
        guard let pooling = GroupedAveragePooling(experts: experts, width: width) else {
            throw .expertsDoNotDivideWidth(router: name, experts: experts, width: width)
        }
        return pooling
    }

    private static func check(
        _ gate: DenseGate,
        experts: Int,
        width: Int
    ) throws(RoutingError) {
        guard gate.experts == experts, gate.width == width else {
            throw .gateShape(
                experts: experts,
                width: width,
                seenExperts: gate.experts,
                seenWidth: gate.width
            )
        }
    }

    private static func check(
        _ settings: RoutingSettings,
        experts: Int,
        capacity: Int?
    ) throws(RoutingError) {
        func require(
            _ holds: Bool,
            _ setting: String,
            _ seen: some CustomStringConvertible,
            _ accepted: String
        ) throws(RoutingError) {
            guard holds else {
                throw .outOfRange(setting: setting, seen: "\(seen)", accepted: accepted)
            }
        }
        let factor = settings.capacityFactor
        try require(experts > 0, "experts", experts, "at least 1")
        guard (1...experts).contains(settings.topK) else {
            throw .topKOutOfRange(topK: settings.topK, experts: experts)
        }
        try require(
            factor > 0 && factor.isFinite,
            "capacity_factor",
            factor,
            "a number above 0"
        )
        let threshold = settings.threshold
        try require(
            threshold > 0 && threshold <= 1,
            "threshold",
            threshold,
            "a share above 0 and at most 1"
        )
        let floor = settings.capacityFloor
        try require(floor >= 0, "capacity_floor", floor, "0 or more")
        try require((capacity ?? 0) >= 0, "capacity", capacity ?? 0, "0 or more")
    }
}
