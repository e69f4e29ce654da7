import ClusterModel

/// One router in the making: settings that hold by themselves, checked against one another.
struct RouterMaker {
    var name: RouterName
    var settings: RoutingSettings
    var experts: Int
    var width: Int
    var seed: UInt64
    var parts: RouterParts

    func router() throws(RoutingError) -> any Router {
        let topK = settings.topK
        switch name {
        case .switch: return SwitchRouter(gate: try denseGate(), topK: topK, capacity: capacity)
        case .gshard: return try gshard()
        case .expertChoice: return try expertChoice()
        case .hash: return hash()
        case .rre: return try rre()
        case .locmoe: return LocMoERouter(gate: try pooling(), topK: topK, capacity: capacity)
        case .locmoePlus:
            return LocMoEPlusRouter(
                gate: try pooling(),
                settings: settings,
                capacity: capacity,
                softmaxScale: parts.softmaxScale
            )
        case .tcr:
            return TokenChoiceRouter(
                gate: try pooling(),
                topK: topK,
                capacity: capacity,
                softmaxScale: parts.softmaxScale
            )
        case .ecr:
            return ExpertChoiceByAffinityRouter(
                gate: try pooling(),
                topK: topK,
                capacity: capacity,
                softmaxScale: parts.softmaxScale
            )
        case .smile: return try smile()
        case .adaK: return try adaK()
        case .rmoe: return try rmoe()
        case .trace:
            throw .outOfRange(
                .router,
                seen: "trace",
                accepted: "a router with a rule; traces are replayed in runs, with --trace"
            )
        case .preGated:
            return PreGatedRouter(
                gate: try denseGate(),
                topK: topK,
                capacity: capacity,
                layers: parts.layers
            )
        }
    }

    private var capacity: Capacity {
        parts.capacity.map(Capacity.fixed) ?? .factor(settings.capacityFactor)
    }

    private func gshard() throws(RoutingError) -> any Router {
        guard experts >= GShardRouter.choices else {
            throw .topKOutOfRange(topK: GShardRouter.choices, experts: experts)
        }
        return GShardRouter(gate: try denseGate(), capacity: capacity, seed: seed)
    }

    private func expertChoice() throws(RoutingError) -> any Router {
        let factor = parts.expertChoiceFactor
        guard factor > 0, factor.isFinite else {
            throw .outOfRange(
                .expertChoiceFactor,
                seen: "\(factor)",
                accepted: "a number above 0"
            )
        }
        return ExpertChoiceRouter(
            gate: try denseGate(),
            capacity: parts.capacity.map(Capacity.fixed) ?? .factor(factor)
        )
    }

    private func hash() -> any Router {
        let map = BalancedTokenMap(parts.frequencies, experts: experts, seed: seed)
        return HashRouter(map: map, topK: settings.topK, capacity: capacity)
    }

    private func rre() throws(RoutingError) -> any Router {
        let groups = ExpertGroups(experts: experts, domains: parts.domains)
        guard settings.topK <= groups.smallest else {
            throw .outOfRange(
                .topK,
                of: .rre,
                seen: "\(settings.topK)",
                accepted: "at most \(groups.smallest), the experts of one of \(groups.count) groups"
            )
        }
        return RandomRoutedExpertsRouter(
            groups: groups,
            topK: settings.topK,
            capacity: capacity,
            seed: seed
        )
    }

    private func smile() throws(RoutingError) -> any Router {
        let nodes = parts.nodes
        guard nodes > 0, experts.isMultiple(of: nodes) else {
            throw .expertsDoNotDivideOverNodes(experts: experts, nodes: nodes)
        }
        let rows = nodes + experts / nodes
        let both = try denseGate(rows: rows)
        let cut = nodes * width
        return SmileRouter(
            interNode: DenseGate(
                experts: nodes,
                width: width,
                weights: Array(both.weights[..<cut])
            ),
            intraNode: DenseGate(
                experts: experts / nodes,
                width: width,
                weights: Array(both.weights[cut...])
            ),
            topK: settings.topK,
            capacity: capacity
        )
    }

    private func adaK() throws(RoutingError) -> any Router {
        let most =
            parts.allocator?.experts ?? parts.choicesMax
            ?? AdaKRouter.defaultMaximum(topK: settings.topK, experts: experts)
        guard (1...experts).contains(most) else {
            throw .outOfRange(
                .choicesMax,
                of: .adaK,
                seen: "\(most)",
                accepted: "1 to \(experts), the number of experts"
            )
        }
        let allocator = try matrix(parts.allocator, rows: most, columns: width, .allocator)
        return AdaKRouter(
            gate: try denseGate(),
            allocator: allocator,
            capacity: capacity,
            drawing: parts.drawsChoices ? seed : nil
        )
    }

    private func rmoe() throws(RoutingError) -> any Router {
        let p =
            parts.recurrence?.width ?? parts.projection?.experts
            ?? RecurrentRouter.defaultStateWidth
        return RecurrentRouter(
            projection: try matrix(parts.projection, rows: p, columns: width, .routerProjection),
            unit: parts.recurrence ?? GatedRecurrentUnit(width: p, seed: seed),
            gate: try matrix(parts.gate, rows: experts, columns: p, .denseGate),
            topK: settings.topK,
            capacity: capacity
        )
    }

    private func denseGate(rows: Int? = nil) throws(RoutingError) -> DenseGate {
        try matrix(parts.gate, rows: rows ?? experts, columns: width, .denseGate)
    }

    /// The weights handed in, checked, or untrained ones.
    private func matrix(
        _ given: DenseGate?,
        rows: Int,
        columns: Int,
        _ purpose: RandomPurpose
    ) throws(RoutingError) -> DenseGate {
        let random = SeededRandom(seed, purpose)
        let gate = given ?? DenseGate(experts: rows, width: columns, random: random)
        guard gate.experts == rows, gate.width == columns else {
            throw .gateShape(
                experts: rows,
                width: columns,
                seenExperts: gate.experts,
                seenWidth: gate.width
            )
        }
        return gate
    }

    private func pooling() throws(RoutingError) -> GroupedAveragePooling {
        guard let pooling = GroupedAveragePooling(experts: experts, width: width) else {
            throw .expertsDoNotDivideWidth(router: name, experts: experts, width: width)
        }
        return pooling
    }
}
