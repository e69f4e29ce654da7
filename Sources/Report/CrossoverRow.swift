/// Direct against hierarchical, simulated, at one size and one number of ranks.
public struct CrossoverRow: Codable, Sendable, Equatable {
    public var ranks: Int
    public var nodes: Int
    public var bytesPair: Int
    public var directUs: Double
    public var hierarchicalUs: Double
    /// The class of link between its farthest ranks: "roce", or "hccs" within one plane.
    public var link: String?
    /// What each message costs there beside its bytes.
    public var messageOverheadUs: Double?

    public init(
        ranks: Int,
        nodes: Int,
        bytesPair: Int,
        directUs: Double,
        hierarchicalUs: Double,
        link: String? = nil,
        messageOverheadUs: Double? = nil
    ) {
        self.ranks = ranks
        self.nodes = nodes
        self.bytesPair = bytesPair
        self.directUs = directUs
        self.hierarchicalUs = hierarchicalUs
        self.link = link
        self.messageOverheadUs = messageOverheadUs
    }

    /// Above 1 where the hierarchical one is faster.
    var gain: Double { hierarchicalUs > 0 ? directUs / hierarchicalUs : 1 }
}
