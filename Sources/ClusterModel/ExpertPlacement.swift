/// Where experts are computed when the run goes on without some of its ranks.
///
/// Experts of a rank that is gone are dealt out in turn to those that are left of its replica, at
/// its place of the tensor-parallel group; nobody else's move. A tensor-parallel group is there or
/// gone as a whole, and of a replica that is gone as a whole the others hold all experts.
public struct ExpertPlacement: Hashable, Sendable {
    public let layout: RankLayout
    /// Ranks that are gone.
    public let excluded: Set<Rank>

    public init(_ layout: RankLayout, excluded: Set<Rank> = []) {
        self.layout = layout
        self.excluded = excluded
    }

    /// The ranks that are left, ascending.
    public var members: [Rank] { layout.ranks.filter { !excluded.contains($0) } }

    /// Whether somebody is left, and of no tensor-parallel group a part.
    ///
    /// What a rank of a group holds of an expert's matrices, nobody else has.
    public var isComplete: Bool {
        excluded.count < layout.world && layout.wholeGroups(of: excluded) == excluded
    }

    /// The rank that computes `expert` for the tokens of `source`: the usual one where nobody is left
    /// of its replica, which has no tokens then.
    public func home(of expert: ExpertIndex, for source: Rank) -> Rank {
        let usual = layout.home(of: expert, for: source)
        guard excluded.contains(usual) else { return usual }
        let survivors = survivors(beside: usual)
        return survivors.isEmpty ? usual : survivors[expert.index % survivors.count]
    }

    /// The ranks that hold `expert`, [places][replicas]: of each place in tensor-parallel groups one
    /// of every replica that is left.
    public func holders(of expert: ExpertIndex) -> [[Rank]] {
        let parallel = layout.parallel
        return (0..<parallel.tp).map { place in
            (0..<parallel.dp).map { replica in
                home(of: expert, for: Rank(replica * parallel.tp * parallel.ep + place))
            }.filter { !excluded.contains($0) }
        }
    }

    /// The rank that holds what is `source`'s of `expert`: of another replica where nobody is left of
    /// its own.
    public func holder(of expert: ExpertIndex, for source: Rank) -> Rank {
        let home = home(of: expert, for: source)
        guard excluded.contains(home) else { return home }
        return holders(of: expert)[source.index % layout.parallel.tp].first ?? home
    }

    /// The experts that `rank` computes, in ascending order: its own, and those it took over.
    public func experts(on rank: Rank) -> [Int] {
        guard !excluded.isEmpty else { return Array(layout.localExperts(of: rank)) }
        guard !excluded.contains(rank) else { return [] }
        return (0..<layout.experts).filter { home(of: ExpertIndex($0), for: rank) == rank }
    }

    /// The ranks whose tokens the experts of `rank` compute: those of its own replica that stand
    /// at its place in their tensor-parallel group.
    public func sources(of rank: Rank) -> [Rank] {
        guard !excluded.contains(rank) else { return [] }
        let expert = ExpertIndex(layout.localExperts(of: rank).lowerBound)
        return layout.ranks.filter {
            !excluded.contains($0) && layout.home(of: expert, for: $0) == rank
        }
    }

    /// Who is left of the ranks between which a rank's experts could be.
    private func survivors(beside rank: Rank) -> [Rank] {
        let parallel = layout.parallel
        let group = parallel.tp * parallel.ep
        let first = rank.index / group * group + rank.index % parallel.tp
        return (0..<parallel.ep).map { Rank(first + $0 * parallel.tp) }
            .filter { !excluded.contains($0) }
    }
}
