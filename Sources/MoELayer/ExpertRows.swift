import ClusterModel

/// Rows of activations or gradients by expert: what travels in an exchange.
///
/// Rows lie in expert order, within an expert in slot order; a run of experts is therefore a run
/// of memory. The same type is all that one rank sends, [experts], and the part of it that one
/// rank gets, [local experts].
public struct ExpertRows: Hashable, Sendable {
    /// d, the values of a row.
    public let width: Int
    /// Rows of each expert.
    public let counts: [Int]
    /// [rows x width].
    public var values: [Float]

    public init(width: Int, counts: [Int], values: [Float]) {
        let rows = counts.reduce(0, +)
        invariant(
            values.count == rows * width,
            "\(values.count) values for \(rows) rows of \(width)"
        )
        self.width = width
        self.counts = counts
        self.values = values
    }

    /// The part for some of the experts, ascending.
    public subscript(experts: some Sequence<Int>) -> ExpertRows {
        var own: [Int] = []
        var part: [Float] = []
        var (next, start) = (0, 0)
        for expert in experts {
            start += counts[next..<expert].reduce(0, +) * width
            let end = start + counts[expert] * width
            own.append(counts[expert])
            part += values[start..<end]
            (next, start) = (expert + 1, end)
        }
        return ExpertRows(width: width, counts: own, values: part)
    }

    /// A matrix for each expert, the rows of all sources one behind the other in their order:
    /// the order in which an expert sums gradients.
    public static func gather(_ sources: [ExpertRows], width: Int) -> [Matrix] {
        let experts = sources.first?.counts.count ?? 0
        var buffers = [[Float]](repeating: [], count: experts)
        for expert in 0..<experts {
            let rows = sources.reduce(0) { $0 + $1.counts[expert] }
            buffers[expert].reserveCapacity(rows * width)
        }
        for source in sources {
            var offset = 0
            for (expert, count) in source.counts.enumerated() {
                buffers[expert] += source.values[offset..<offset + count * width]
                offset += count * width
            }
        }
        return buffers.map { Matrix(rows: $0.count / width, columns: width, values: $0) }
    }

    /// The inverse of `gather`: each source's part, given the counts it sent, [sources][experts].
    public static func scatter(_ rows: [Matrix], counts: [[Int]], width: Int) -> [ExpertRows] {
        var taken = [Int](repeating: 0, count: rows.count)
        return counts.map { counts in
            var values: [Float] = []
            values.reserveCapacity(counts.reduce(0, +) * width)
            for (expert, count) in counts.enumerated() {
                values += rows[expert].values[taken[expert]..<taken[expert] + count * width]
                taken[expert] += count * width
            }
            return ExpertRows(width: width, counts: counts, values: values)
        }
    }

    /// Rounds every value to what the wire carries, to nearest, ties to even.
    public mutating func round(to element: ElementType) {
        switch element {
        case .fp32: break
        case .bf16:
            values.withUnsafeMutableBufferPointer { values in
                for i in values.indices { values[i] = BrainFloat.rounded(values[i]) }
            }
        case .fp16:
            values.withUnsafeMutableBufferPointer { values in
                for i in values.indices { values[i] = Float(Float16(values[i])) }
            }
        }
    }
}

/// bfloat16: a float32 without its lower 16 bits.
public enum BrainFloat {
    /// The nearest value bfloat16 has, ties to even; NaN stays NaN.
    public static func rounded(_ value: Float) -> Float {
        guard !value.isNaN else { return .nan }
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }
}
