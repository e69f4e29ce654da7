import ClusterModel

/// Settings that no router can be made from.
public enum RoutingError: Error, Hashable, Sendable {
    /// GrAP slices a token into equal parts, one for each expert.
    case expertsDoNotDivideWidth(router: RouterName, experts: Int, width: Int)
    case topKOutOfRange(topK: Int, experts: Int)
    /// Every node of `smile` has the same experts.
    case expertsDoNotDivideOverNodes(experts: Int, nodes: Int)
    case gateShape(experts: Int, width: Int, seenExperts: Int, seenWidth: Int)
    /// A value outside its range: whose it is if a router's own, what it was, what is accepted.
    case outOfRange(Setting, of: RouterName? = nil, seen: String, accepted: String)

    /// What a value is of, by its name in a message.
    public enum Setting: String, Sendable {
        case router
        case experts
        case layers
        case topK = "top_k"
        case capacityFactor = "capacity_factor"
        case capacityFloor = "capacity_floor"
        case capacity
        case threshold
        case expertChoiceFactor = "expert_choice_factor"
        case choicesMax = "k_max"
        case width = "the width of features"
    }
}

extension RoutingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .expertsDoNotDivideWidth(let router, let experts, let width):
            "\(router.rawValue): \(experts) experts do not divide features of width \(width), and "
                + "GrAP needs equal slices: try \(Self.divisors(near: experts, of: width)) experts"
        case .topKOutOfRange(let topK, let experts):
            "top_k \(topK) with \(experts) experts: expected 1 to \(experts)"
        case .expertsDoNotDivideOverNodes(let experts, let nodes):
            "smile: \(experts) experts over \(nodes) nodes: expected a number of nodes that divides "
                + "the experts"
        case .gateShape(let experts, let width, let seenExperts, let seenWidth):
            "the gate is [\(seenExperts) x \(seenWidth)], expected [\(experts) x \(width)], a row "
                + "for each expert"
                + (seenExperts == width && seenWidth == experts ? ": try its transpose" : "")
        case .outOfRange(let setting, let router, let seen, let accepted):
            setting.rawValue + (router.map { " of \($0.rawValue)" } ?? "")
                + " is \(seen), expected \(accepted)"
        }
    }

    /// The nearest divisors of `width` below and above `experts`: "8 or 12".
    private static func divisors(near experts: Int, of width: Int) -> String {
        let below = stride(from: min(experts, width), through: 1, by: -1)
            .first { width % $0 == 0 }
        let above = experts < width ? (experts...width).first { width % $0 == 0 } : nil
        return [below, above].compactMap { $0 }.map(String.init).joined(separator: " or ")
    }
}
