/// The kinds of link a chunk may cross.
public enum LinkClass: String, Sendable, Codable, CaseIterable {
    /// Between two NPUs of a node, or of a supernode.
    case hccs
    /// Between two quads of a node, through a port that they share.
    case pcie
    /// Between nodes, through a NIC that each NPU has.
    case roce
}

/// How the NPUs of a node are joined.
public enum HCCSTopology: String, Sendable, Codable, CaseIterable {
    /// A link of its own for each ordered pair of NPUs.
    case mesh
    /// One port an NPU, shared by its pairs.
    case `switch`
    /// Meshes of four, joined by PCIe.
    case quads

    /// NPUs of a quad.
    public static let quadSize = 4
}
