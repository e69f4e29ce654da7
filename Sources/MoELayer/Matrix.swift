import ClusterModel

/// Rows of float32: activations (a row for each token), weights or gradients.
///
/// Row-major. It knows no arithmetic but what all modules share; products are in `Product`.
public struct Matrix: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    /// [rows x columns], row after row.
    public var values: [Float]

    public init(rows: Int, columns: Int, values: [Float]) {
        invariant(
            rows >= 0 && columns >= 0 && values.count == rows * columns,
            "\(values.count) values for \(rows) x \(columns)"
        )
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// All zeros.
    public init(rows: Int, columns: Int) {
        self.init(
            rows: rows,
            columns: columns,
            values: [Float](repeating: 0, count: rows * columns)
        )
    }

    /// The indices of a row's values.
    @inlinable func range(of row: Int) -> Range<Int> { row * columns..<(row + 1) * columns }

    /// One row, [columns].
    public func row(_ row: Int) -> ArraySlice<Float> { values[range(of: row)] }

    /// Adds another matrix of the same shape, value by value.
    mutating func add(_ other: Matrix) {
        invariant(
            rows == other.rows && columns == other.columns,
            "\(other.rows) x \(other.columns) added to \(rows) x \(columns)"
        )
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { other in
                for i in values.indices { values[i] += other[i] }
            }
        }
    }

    /// Adds to each column the sum of that column of `other`, in row order: a bias's gradient.
    mutating func addColumnSums(of other: Matrix) {
        invariant(
            rows == 1 && columns == other.columns,
            "sums of \(other.columns) columns into \(rows) x \(columns)"
        )
        let width = columns
        values.withUnsafeMutableBufferPointer { sums in
            other.values.withUnsafeBufferPointer { other in
                for row in stride(from: 0, to: other.count, by: max(1, width)) {
                    for j in 0..<width { sums[j] += other[row + j] }
                }
            }
        }
    }

    /// Adds a row to every row: a bias.
    mutating func addToRows(_ bias: Matrix) {
        let width = columns
        values.withUnsafeMutableBufferPointer { values in
            bias.values.withUnsafeBufferPointer { bias in
                for row in stride(from: 0, to: values.count, by: max(1, width)) {
                    for j in 0..<width { values[row + j] += bias[j] }
                }
            }
        }
    }
}
