// The eight workloads of Megatron-LM's imbalance benchmark, as traffic between ranks. Here is what
// they are; each is made in WorkloadMatrix.

import ClusterModel

/// A kind of traffic; "the mean" is the bytes a pair that the user asks for.
public enum SyntheticWorkload: String, Sendable, CaseIterable {
    /// Every pair has the mean, the diagonal included.
    case balanced = "W0"
    /// Some experts are hot: an eighth of the ranks (at least one), drawn for each step, take half
    /// of every source's bytes together.
    case hotExperts = "W1"
    /// One rank, drawn for each step, takes a quarter of every source's bytes.
    case hotRank = "W2"
    /// Heat is spread: destinations have Zipf shares, 1/1, 1/2, 1/3 and so on, in an order drawn for
    /// each step, the same for all sources.
    case spreadHot = "W3"
    /// Sources differ: each has between a quarter of the mean and seven quarters, drawn for each
    /// rank and step, evenly over destinations that it weighs between one and three.
    case raggedSources = "W4"
    /// One rank, drawn for each step, has no tokens: its row is empty. The others are balanced.
    case emptyRank = "W5"
    /// As W2, but the hot rank is the step's number, so that it visits all in turn.
    case rotatingHot = "W6"
    /// Balanced, but every fourth step, from the fourth on, has five times the bytes of the others.
    /// The mean is that of four steps.
    case burst = "W7"

    /// A line for tables and help.
    public var title: String {
        switch self {
        case .balanced: "balanced"
        case .hotExperts: "hot expert set"
        case .hotRank: "hot rank"
        case .spreadHot: "spread hot"
        case .raggedSources: "ragged sources"
        case .emptyRank: "a rank with no tokens"
        case .rotatingHot: "rotating hot spot"
        case .burst: "burst"
        }
    }
}
