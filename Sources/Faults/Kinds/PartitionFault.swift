import ClusterModel

/// How a cluster falls apart.
public enum PartitionShape: String, Sendable, Codable, CaseIterable {
    /// One node against the rest.
    case node
    /// The lower half of the nodes against the upper one.
    case halves
    /// Each node reaches its neighbours in a ring only.
    case ring
    /// One node hears the rest and is not heard.
    case oneWay = "one-way"
}

/// Links that are down together.
///
/// Proof: the rate over them during is 0.
public struct PartitionFault: FaultFamily {
    public var shape: PartitionShape

    public init(shape: PartitionShape) { self.shape = shape }

    static let names = ["partition"]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> PartitionFault? {
        guard names.contains(name) else { return nil }
        return PartitionFault(shape: reader.name("shape", placeholder: .node))
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> PartitionFault? {
        guard names.contains(name) else { return nil }
        let shapes = PartitionShape.allCases
        return PartitionFault(shape: shapes[random.next(below: shapes.count)])
    }

    var name: String { "partition" }
    var parameters: [FaultField] { [FaultField("shape", .string(shape.rawValue))] }
    /// A node apart is the simplest; the other shapes have other targets.
    var simpler: [PartitionFault] { shape == .oneWay ? [PartitionFault(shape: .node)] : [] }

    var traits: FaultTraits {
        FaultTraits([needsNode ? .node : .cluster], evidence: .rates)
    }

    private var needsNode: Bool {
        switch shape {
        case .node, .oneWay: true
        case .halves, .ring: false
        }
    }

    /// Whether nothing passes from node `a` to node `b` while the fault holds; `node` is the
    /// target, where the shape has one.
    public func cuts(_ a: NodeIndex, _ b: NodeIndex, target node: NodeIndex?, nodes: Int) -> Bool {
        guard a != b else { return false }
        switch shape {
        case .node: return a == node || b == node
        case .oneWay: return a == node
        case .halves: return (a.index < nodes / 2) != (b.index < nodes / 2)
        case .ring:
            let distance = abs(a.index - b.index)
            return min(distance, nodes - distance) > 1
        }
    }
}
