// Counts as whole numbers in a row, as an all-reduce takes them: a stretch of them can be merged
// without knowing the rest.

extension ResonanceCounts {
    /// Everything counted, in a fixed order; the largest affinity comes last.
    public var words: [Int] {
        chosen + members + reached + compared + (heights.map { $0.counts + $0.within } ?? [])
            + [affinitySteps, Self.ordered(affinityMax)]
    }

    /// From what `words` gave, or a merge of those of several ranks.
    ///
    /// - Returns: nil where the numbers are not as many as they have to be, or cannot be counts.
    public init?(words: [Int], _ shape: ResonanceShape) {
        guard words.count == shape.wordCount else { return nil }
        let counted = words.dropLast(2)
        let most = Self.number(words[words.count - 1])
        // Pairs of tokens at the most; sums of these stay far from an Int's end.
        guard counted.allSatisfy({ (0...1 << 48).contains($0) }), most.isFinite else {
            return nil
        }
        var rest = counted
        func take(_ count: Int) -> [Int] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let chosen = take(shape.pairs)
        let members = take(shape.classes)
        let reached = take(shape.pairs)
        let compared = take(shape.classes)
        let steps = shape.isLabelled ? take(shape.pairs * Heights.steps) : []
        self.init(
            shape,
            chosen: chosen,
            members: members,
            reached: reached,
            compared: compared,
            heights: shape.isLabelled
                ? Heights(classes: shape.classes, counts: steps, within: take(shape.pairs)) : nil,
            affinityMax: most,
            affinitySteps: words[words.count - 2]
        )
    }

    /// One stretch of several ranks' words as one: sums, and the largest of the last word.
    ///
    /// - Parameters:
    ///   - parts: the stretch of each rank, all of the same length.
    ///   - values: which of `count` words they are.
    ///   - count: of the whole.
    /// - Returns: as many words as the stretch has.
    public static func merge(_ parts: [[Int]], values: Range<Int>, of count: Int) -> [Int] {
        values.indices.map { index in
            let column = parts.map { $0[index - values.lowerBound] }
            // Words of a peer are numbers that anybody may have sent: sums must not trap.
            return index == count - 1 ? column.max() ?? 0 : column.reduce(0, &+)
        }
    }

    /// A finite number as a whole one of the same order.
    private static func ordered(_ number: Double) -> Int {
        let bits = Int(Int64(bitPattern: number.bitPattern))
        return bits < 0 ? bits ^ Int.max : bits
    }

    private static func number(_ ordered: Int) -> Double {
        let bits = ordered < 0 ? ordered ^ Int.max : ordered
        return Double(bitPattern: UInt64(bitPattern: Int64(bits)))
    }
}
