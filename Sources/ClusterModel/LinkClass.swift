/// The kinds of link a chunk may cross.
public enum LinkClass: String, Sendable, Codable, CaseIterable {
    /// Inside a node, between two NPUs.
    case hccs
    /// Between nodes, through a NIC that each NPU has.
    case roce
}

/// How the NPUs of a node are joined.
public enum HCCSTopology: String, Sendable, Codable, CaseIterable {
    /// A link of its own for each ordered pair of NPUs.
    case mesh
    /// One port an NPU, shared by its pairs.
    case `switch`
}
