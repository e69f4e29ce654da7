import ClusterModel

/// The exchanges of a cluster whose ranks are all in this process: what each rank gets from the
/// others, without links and time.
///
/// A cluster of processes moves the very same values: `ExpertRows` of one rank for another,
/// rounded to the wire's type.
public struct LocalExchange: Hashable, Sendable {
    public let layout: RankLayout
    /// What the wire carries.
    public let element: ElementType
    /// In what parts experts get it.
    public let cut: RowCut

    /// `layout`: of tensor-parallel groups, where there are any.
    public init(layout: RankLayout, element: ElementType, cut: RowCut = .whole) {
        invariant(
            layout.parallel.tp == 1,
            "tp \(layout.parallel.tp): the ranks of a group hold the same, expected groups"
        )
        self.layout = layout
        self.element = element
        self.cut = cut
    }

    /// The ranks that `rank` exchanges with, itself among them, in the order of their experts:
    /// its data-parallel replica.
    public func peers(of rank: Rank) -> [Rank] {
        (0..<layout.parallel.ep).map {
            layout.home(of: ExpertIndex($0 * layout.expertsPerRank), for: rank)
        }
    }

    /// From what each rank sends, [ranks] of [experts], to what each gets, [ranks][sources] of
    /// [local experts], sources in the order of `peers`.
    public func toExperts(_ sent: [ExpertRows]) -> [[ExpertRows]] {
        layout.ranks.map { rank in
            let experts = layout.localExperts(of: rank)
            return peers(of: rank).map { carried(sent[$0.index][experts]) }
        }
    }

    /// The way back: from replies, [ranks][sources], to what each source gets, [ranks].
    public func toSources(_ replies: [[ExpertRows]], width: Int) -> [ExpertRows] {
        layout.ranks.map { rank in
            let parts = peers(of: rank).map { home in
                let place = peers(of: home).firstIndex(of: rank)
                invariant(place != nil, "rank \(home) does not exchange with rank \(rank)")
                return carried(replies[home.index][place!])
            }
            return ExpertRows(joining: parts, width: width)
        }
    }

    private func carried(_ rows: ExpertRows) -> ExpertRows {
        var rows = rows
        rows.round(to: element)
        return rows
    }
}
