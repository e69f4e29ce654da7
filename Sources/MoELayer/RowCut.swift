import Exchange

/// How the exchanges of a layer are cut into parts, as experts see it.
///
/// Experts compute a part by itself while the next one travels: products have the shapes of parts,
/// and gradients are added part by part, in their order. How an exchange is cut is therefore a
/// setting that decides last bits.
public struct RowCut: Hashable, Sendable {
    public let parts: Int
    /// Whether all of an expert's slots travel, filled or not: it is slots that are dealt to parts.
    public let isPadded: Bool

    /// An exchange in one piece.
    public static let whole = RowCut(parts: 1, isPadded: false)

    public init(parts: Int, isPadded: Bool) {
        self.parts = parts
        self.isPadded = isPadded
    }

    /// The rows of a message that travel in a part.
    ///
    /// - Parameters:
    ///   - part: from 0.
    ///   - counts: rows of the whole message for each of the receiver's experts.
    ///   - capacity: slots of an expert for the sender.
    /// - Returns: rows for each of them, in the order in which they lie.
    public func counts(_ part: Int, of counts: [Int], capacity: Int) -> [Int] {
        let slots = counts.map { isPadded ? capacity : $0 }
        let range = MessageCut(parts: parts, unit: 1).range(part, of: slots.reduce(0, +))
        var first = 0
        return zip(counts, slots).map { count, slots in
            defer { first += slots }
            return range.clamped(to: first..<first + count).count
        }
    }

    /// What experts answer to the rows of several sources, computed part by part.
    ///
    /// - Parameters:
    ///   - sources: all rows of each.
    ///   - capacities: slots of an expert for each source.
    ///   - compute: from a part of what each source sent to the answers to it.
    /// - Returns: the answers to all rows of each source.
    public func answers(
        _ sources: [ExpertRows],
        capacities: [Int],
        _ compute: (_ part: Int, [ExpertRows]) -> [ExpertRows]
    ) -> [ExpertRows] {
        guard parts > 1 else { return compute(0, sources) }
        var starts = sources.map { _ in 0 }
        var answers = sources.map { _ in [Float]() }
        for part in 0..<parts {
            let rows = sources.indices.map { index in
                let source = sources[index]
                let counts = counts(part, of: source.counts, capacity: capacities[index])
                let end = starts[index] + counts.reduce(0, +) * source.width
                defer { starts[index] = end }
                return ExpertRows(
                    width: source.width,
                    counts: counts,
                    values: Array(source.values[starts[index]..<end])
                )
            }
            for (index, answer) in compute(part, rows).enumerated() {
                answers[index] += answer.values
            }
        }
        return zip(sources, answers).map {
            ExpertRows(width: $0.width, counts: $0.counts, values: $1)
        }
    }
}
