// All kinds of fault. A family says what its kinds are; here they are joined, so that a player can
// switch over the families it can play.

import ClusterModel

/// What goes wrong, with its parameters.
public enum FaultKind: Hashable, Sendable {
    case process(ProcessFault)
    case compute(ComputeFault)
    case link(LinkFault)
    case connection(ConnectionFault)
    case partition(PartitionFault)
    case node(NodeFault)
    case coordinator(CoordinatorFault)
    case expert(ExpertFault)
    case resource(ResourceFault)

    /// Whether it changes what becomes of tokens at their experts.
    public var isOfExperts: Bool { if case .expert = self { true } else { false } }

    /// Every name that `kind = "…"` may have.
    public static let names =
        ProcessFault.names + ComputeFault.names + LinkFault.names + ConnectionFault.names
        + PartitionFault.names + NodeFault.names + CoordinatorFault.names + ExpertFault.names
        + ResourceFault.names

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> FaultKind? {
        if let fault = ProcessFault.read(name, &reader) { return .process(fault) }
        if let fault = ComputeFault.read(name, &reader) { return .compute(fault) }
        if let fault = LinkFault.read(name, &reader) { return .link(fault) }
        if let fault = ConnectionFault.read(name, &reader) { return .connection(fault) }
        if let fault = PartitionFault.read(name, &reader) { return .partition(fault) }
        if let fault = NodeFault.read(name, &reader) { return .node(fault) }
        if let fault = CoordinatorFault.read(name, &reader) { return .coordinator(fault) }
        if let fault = ExpertFault.read(name, &reader) { return .expert(fault) }
        if let fault = ResourceFault.read(name, &reader) { return .resource(fault) }
        return nil
    }

    /// The kind `name` with drawn parameters; `nil` for a name that is not known.
    public static func draw(_ name: String, _ random: inout SeededRandom) -> FaultKind? {
        if let fault = ProcessFault.draw(name, &random) { return .process(fault) }
        if let fault = ComputeFault.draw(name, &random) { return .compute(fault) }
        if let fault = LinkFault.draw(name, &random) { return .link(fault) }
        if let fault = ConnectionFault.draw(name, &random) { return .connection(fault) }
        if let fault = PartitionFault.draw(name, &random) { return .partition(fault) }
        if let fault = NodeFault.draw(name, &random) { return .node(fault) }
        if let fault = CoordinatorFault.draw(name, &random) { return .coordinator(fault) }
        if let fault = ExpertFault.draw(name, &random) { return .expert(fault) }
        if let fault = ResourceFault.draw(name, &random) { return .resource(fault) }
        return nil
    }
}

extension FaultKind {
    public var name: String { family.name }
    public var traits: FaultTraits { family.traits }
    var parameters: [FaultField] { family.parameters }

    private var family: any FaultFamily {
        switch self {
        case .process(let fault): fault
        case .compute(let fault): fault
        case .link(let fault): fault
        case .connection(let fault): fault
        case .partition(let fault): fault
        case .node(let fault): fault
        case .coordinator(let fault): fault
        case .expert(let fault): fault
        case .resource(let fault): fault
        }
    }

    /// The same kind, simpler by one parameter.
    var simpler: [FaultKind] {
        switch self {
        case .process(let fault): fault.simpler.map(FaultKind.process)
        case .compute(let fault): fault.simpler.map(FaultKind.compute)
        case .link(let fault): fault.simpler.map(FaultKind.link)
        case .connection, .node, .coordinator: []
        case .partition(let fault): fault.simpler.map(FaultKind.partition)
        case .expert(let fault): fault.simpler.map(FaultKind.expert)
        case .resource(let fault): fault.simpler.map(FaultKind.resource)
        }
    }
}
