import ClusterModel

/// Experts shared out over groups, one for each domain: what the two levels of `rre` look up.
///
/// Group g of G holds experts `g n / G ..< (g + 1) n / G`: runs of neighbours, which live on
/// neighbouring ranks. With more domains than groups, domain d reads group `d mod G` (ours: the
/// paper has a group for each domain).
public struct ExpertGroups: Hashable, Sendable {
    /// n.
    public let experts: Int
    /// G, from 1 to n.
    public let count: Int

    /// One group for each domain, as far as there are experts.
    public init(experts: Int, domains: Int) {
        invariant(experts > 0, "groups of \(experts) experts")
        self.experts = experts
        self.count = min(max(domains, 1), experts)
    }

    /// The experts of a group.
    public func experts(of group: Int) -> Range<Int> {
        group * experts / count..<(group + 1) * experts / count
    }

    /// The group that a domain's tokens go to.
    public func group(of domain: UInt8) -> Int { Int(domain) % count }

    /// The smallest group: a token cannot choose more experts than that.
    public var smallest: Int { experts / count }
}
