import ClusterModel

/// Faults of a whole server.
public enum NodeFault: String, FaultFamily, CaseIterable {
    /// All of its workers are killed in one instant. Proof: each was reaped.
    case kill = "node-kill"
    /// Nothing passes between the node and the others. Proof: the rate during is 0.
    case uplinkDown = "uplink-down"

    static let names = allCases.map(\.rawValue)

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> NodeFault? {
        NodeFault(rawValue: name)
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> NodeFault? {
        NodeFault(rawValue: name)
    }

    var name: String { rawValue }
    var parameters: [FaultField] { [] }
    var simpler: [NodeFault] { [] }

    var traits: FaultTraits {
        switch self {
        case .kill:
            FaultTraits([.node], evidence: .processEnded, lasts: false)
        case .uplinkDown:
            FaultTraits([.node], evidence: .rates)
        }
    }
}
