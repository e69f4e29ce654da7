// Where a fault strikes.

import ClusterModel

/// The links of a class, as far as they can be hurt together.
public enum FaultLinkClass: String, Sendable, Codable, CaseIterable {
    case hccs
    case pcie
    case roce
    /// Between a leaf and the spine.
    case uplink
}

/// What is hurt.
public enum FaultTarget: Hashable, Sendable {
    case npu(Rank)
    case node(NodeIndex)
    /// All links of a class, both ways.
    case link(FaultLinkClass)
    /// One way of one link.
    case pair(from: Rank, to: Rank)
    case expert(ExpertIndex)
    case coordinator
    /// The run as a whole: its folder, all of its nodes.
    case cluster
    /// One of the kind's first sort, as the seed says; a plan's events never hold it.
    case random
}

/// The sorts of target.
public enum FaultTargetSort: String, Sendable, CaseIterable {
    case npu, node, link, pair, expert, coordinator, cluster
}

extension FaultTarget {
    /// `nil` for random.
    public var sort: FaultTargetSort? {
        switch self {
        case .npu: .npu
        case .node: .node
        case .link: .link
        case .pair: .pair
        case .expert: .expert
        case .coordinator: .coordinator
        case .cluster: .cluster
        case .random: nil
        }
    }

    var fields: [FaultField] {
        switch self {
        case .npu(let rank): [FaultField("npu", .integer(rank.index))]
        case .node(let node): [FaultField("node", .integer(node.index))]
        case .link(let link): [FaultField("link", .string(link.rawValue))]
        case .pair(let from, let to):
            [FaultField("from", .integer(from.index)), FaultField("to", .integer(to.index))]
        case .expert(let expert): [FaultField("expert", .integer(expert.index))]
        case .random: [FaultField("target", .string("random"))]
        case .coordinator, .cluster: []
        }
    }

    /// The one target among the fields that `kind` may have; `moment` gives the pair of a message.
    static func read(
        _ reader: inout FaultFieldReader,
        sorts: [FaultTargetSort],
        moment: FaultMoment?
    ) -> FaultTarget {
        var found = sorts.compactMap { Self.read($0, &reader) }
        if reader.text("target", "\"random\"", { $0 == "random" ? true : nil }) != nil {
            found.append(.random)
        }
        if found.isEmpty, let implied = implied(sorts, moment) { return implied }
        if found.count != 1, reader.problems.isEmpty {
            let names = (sorts.map(\.keys) + ["target = \"random\""]).joined(separator: ", or ")
            reader.complain("", found.isEmpty ? "no target" : "several targets", names)
        }
        return found.first ?? .random
    }

    private static func read(_ sort: FaultTargetSort, _ reader: inout FaultFieldReader)
        -> FaultTarget?
    {
        switch sort {
        case .npu: index("npu", &reader).map { .npu(Rank($0)) }
        case .node: index("node", &reader).map { .node(NodeIndex($0)) }
        case .expert: index("expert", &reader).map { .expert(ExpertIndex($0)) }
        case .link:
            reader.has("link") ? .link(reader.name("link", placeholder: .roce)) : nil
        case .pair: pair(&reader)
        case .coordinator, .cluster: nil
        }
    }

    private static func pair(_ reader: inout FaultFieldReader) -> FaultTarget? {
        guard reader.has("from") || reader.has("to") else {
            // Asked for, so that a message about an unknown key names them.
            _ = (reader.take("from"), reader.take("to"))
            return nil
        }
        let from = reader.whole("from", 0...1_000_000, or: nil)
        let to = reader.whole("to", 0...1_000_000, or: nil)
        return .pair(from: Rank(from), to: Rank(to))
    }

    private static func index(_ key: String, _ reader: inout FaultFieldReader) -> Int? {
        guard reader.has(key) else {
            _ = reader.take(key)
            return nil
        }
        return reader.whole(key, 0...1_000_000, or: nil)
    }

    private static func implied(_ sorts: [FaultTargetSort], _ moment: FaultMoment?)
        -> FaultTarget?
    {
        if sorts.contains(.coordinator) { return .coordinator }
        if sorts.contains(.cluster) { return .cluster }
        guard sorts.contains(.pair), case .message(_, let from, let to)? = moment else {
            return nil
        }
        return .pair(from: from, to: to)
    }
}

extension FaultTargetSort {
    /// The keys that name it.
    fileprivate var keys: String {
        switch self {
        case .npu, .node, .expert: rawValue
        case .link: "link (a class)"
        case .pair: "from and to"
        case .coordinator, .cluster: "none"
        }
    }
}
