import ClusterModel

/// What one rank reads in one step: sequences of classes, one behind the other.
public struct SequenceBatch: Hashable, Sendable {
    /// The class of each token, [tokens].
    public let classes: [Int]
    /// The class that follows, [tokens]; the last token of a sequence has none, so that no
    /// sequence learns from the next.
    public let targets: [Int?]
    /// [tokens], or empty.
    public let domains: [UInt8]

    public init(classes: [Int], domains: [UInt8] = [], sequenceLength: Int) {
        invariant(
            classes.count.isMultiple(of: sequenceLength),
            "\(classes.count) tokens are not whole sequences of \(sequenceLength)"
        )
        self.classes = classes
        self.domains = domains
        targets = classes.indices.map {
            ($0 + 1).isMultiple(of: sequenceLength) ? nil : classes[$0 + 1]
        }
    }

    /// Tokens that have a target.
    public var targetCount: Int { targets.count { $0 != nil } }
}
