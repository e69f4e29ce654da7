import ClusterModel

/// The exchanges of a cluster whose ranks are all in this process: what each rank gets from the
/// others, without links and time.
///
/// A cluster of processes moves the very same values: `ExpertRows` of one rank for another,
/// rounded to the wire's type.
public struct LocalExchange: Hashable, Sendable {
    /// Who computes which experts, and who is left out.
    public let placement: ExpertPlacement
    /// The ranks that take part, ascending: whatever comes from or goes to ranks is in their order.
    public let members: [Rank]
    /// What the wire carries.
    public let element: ElementType
    /// In what parts experts get it.
    public let cut: RowCut

    /// `layout`: of tensor-parallel groups, where there are any; it goes on without `excluded`.
    public init(
        layout: RankLayout,
        element: ElementType,
        cut: RowCut = .whole,
        excluded: Set<Rank> = []
    ) {
        invariant(
            layout.parallel.tp == 1,
            "tp \(layout.parallel.tp): the ranks of a group hold the same, expected groups"
        )
        placement = ExpertPlacement(layout, excluded: excluded)
        members = placement.members
        self.element = element
        self.cut = cut
    }

    public var layout: RankLayout { placement.layout }

    /// The same without these ranks; whom it left out before is back.
    public func without(_ excluded: Set<Rank>) -> LocalExchange {
        LocalExchange(layout: layout, element: element, cut: cut, excluded: excluded)
    }

    /// The ranks whose tokens the experts of `rank` compute, itself among them: its data-parallel
    /// replica.
    public func sources(of rank: Rank) -> [Rank] { placement.sources(of: rank) }

    /// The place among those that take part, index = rank; -1 of who is left out.
    public var places: [Int] {
        var places = Array(repeating: -1, count: layout.world)
        for (place, rank) in members.enumerated() { places[rank.index] = place }
        return places
    }

    /// From what each rank sends, [members] of [experts], to what each gets, [members][sources] of
    /// its experts.
    public func toExperts(_ sent: [ExpertRows]) -> [[ExpertRows]] {
        let places = places
        return members.map { rank in
            let experts = placement.experts(on: rank)
            return sources(of: rank).map { carried(sent[places[$0.index]][experts]) }
        }
    }

    /// The way back: from replies, [members][sources], to what each source gets, [members] of
    /// [experts].
    public func toSources(_ replies: [[ExpertRows]], width: Int) -> [ExpertRows] {
        // Of each source by home, with how many experts and values of it are taken.
        var parts = members.map { _ in [Rank: (rows: ExpertRows, experts: Int, values: Int)]() }
        let places = places
        for (home, own) in zip(members, replies) {
            for (source, rows) in zip(sources(of: home), own) {
                parts[places[source.index]][home] = (carried(rows), 0, 0)
            }
        }
        return members.indices.map { member in
            var (counts, values) = ([Int](), [Float]())
            for expert in 0..<layout.experts {
                let home = placement.home(of: ExpertIndex(expert), for: members[member])
                guard var part = parts[member].removeValue(forKey: home) else {
                    fatalError("rank \(home) does not exchange with rank \(members[member])")
                }
                let count = part.rows.counts[part.experts]
                let end = part.values + count * width
                counts.append(count)
                values += part.rows.values[part.values..<end]
                (part.experts, part.values) = (part.experts + 1, end)
                parts[member][home] = part
            }
            return ExpertRows(width: width, counts: counts, values: values)
        }
    }

    private func carried(_ rows: ExpertRows) -> ExpertRows {
        var rows = rows
        rows.round(to: element)
        return rows
    }
}
