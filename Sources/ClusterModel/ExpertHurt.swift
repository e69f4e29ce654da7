/// What a fault does to the routing of a step; the same on every rank, for it comes with the step.
public struct ExpertHurt: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Nobody can be served by the expert.
        case lost
        /// A share of all tokens wants the expert in place of their best choice; from the seed it
        /// follows which.
        case hot(Ratio, seed: UInt64)
    }

    public var expert: ExpertIndex
    public var kind: Kind

    public init(expert: ExpertIndex, kind: Kind) {
        self.expert = expert
        self.kind = kind
    }
}
