/// How large a rank's counts are: the same on all ranks, so that they can be summed.
public struct ResonanceShape: Hashable, Sendable {
    /// n.
    public var experts: Int
    /// K.
    public var classes: Int
    /// Whether classes are labels that tokens came with, as their domains; else a token's class is
    /// the expert it chose first, and K is n.
    public var isLabelled: Bool

    public init(experts: Int, classes: Int, isLabelled: Bool) {
        self.experts = experts
        self.classes = classes
        self.isLabelled = isLabelled
    }

    /// Numbers of each expert and class.
    var pairs: Int { experts * classes }

    /// How many numbers the counts are: 2 n K + 2 K + 2, with labels n K (B + 1) more.
    public var wordCount: Int {
        2 * pairs + 2 * classes + 2 + (isLabelled ? pairs * (Heights.steps + 1) : 0)
    }
}
