import ClusterModel

/// A traffic matrix cut into nearly equal parts, each message at whole tokens.
///
/// What came with part p goes back with part p.
struct TrafficCuts {
    private let matrix: TrafficMatrix
    private let cut: MessageCut

    init(_ matrix: TrafficMatrix, _ cut: MessageCut) {
        self.matrix = matrix
        self.cut = cut
    }

    /// The messages of one part of the dispatch exchange.
    func messages(_ part: Int) -> MessageMatrix {
        guard cut.parts > 1 else { return MessageMatrix(matrix) }
        return MessageMatrix(
            matrix.map { cut.range(part, of: $0).count },
            offsets: matrix.map { cut.range(part, of: $0).lowerBound }
        )
    }

    /// The messages of one part of the combine exchange.
    func returning(_ part: Int) -> MessageMatrix {
        let forth = messages(part)
        return MessageMatrix(forth.bytes.transposed, offsets: forth.offsets?.transposed)
    }

    /// Each rank's share of a duration that goes by the bytes it receives.
    func split(_ lengths: [Interval], _ part: Int) -> [Interval] {
        guard cut.parts > 1 else { return lengths }
        let sizes = messages(part).bytes
        return lengths.enumerated().map { rank, length in
            let all = matrix.column(Rank(rank)).reduce(0, +)
            guard all > 0 else { return part == 0 ? length : .zero }
            let own = sizes.column(Rank(rank)).reduce(0, +)
            let share = Double(length.picoseconds) * Double(own) / Double(all)
            return Interval(picoseconds: Int64(share.rounded()))
        }
    }
}
