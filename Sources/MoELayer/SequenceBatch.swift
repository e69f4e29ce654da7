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
    /// What routers that draw (gshard, ada-k) draw by: another one for each rank and step of
    /// training, 0 where nothing is learned and ada-k takes its most probable k.
    public let label: UInt64

    public init(
        classes: [Int],
        domains: [UInt8] = [],
        sequenceLength: Int,
        label: UInt64 = 0
    ) {
        invariant(
            classes.count.isMultiple(of: sequenceLength),
            "\(classes.count) tokens are not whole sequences of \(sequenceLength)"
        )
        self.classes = classes
        self.domains = domains
        self.label = label
        targets = classes.indices.map {
            ($0 + 1).isMultiple(of: sequenceLength) ? nil : classes[$0 + 1]
        }
    }

    /// The label of a rank's batch in a step of training.
    public static func label(step: Int, rank: Int, ranks: Int) -> UInt64 {
        UInt64(step * ranks + rank + 1)
    }

    /// Tokens that have a target.
    public var targetCount: Int { targets.count { $0 != nil } }
}
