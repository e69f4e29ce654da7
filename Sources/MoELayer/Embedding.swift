import ClusterModel

/// A row for each class of the vocabulary.
public struct Embedding: Parameterized {
    /// [vocabulary x width].
    public var table: Matrix

    /// Gaussian of deviation 0.02 (ours).
    ///
    /// Small, so that a few hundred steps of Adam can turn it over.
    init(_ initial: InitialValues, vocabulary: Int, width: Int) {
        table = initial.gaussian(
            "embedding",
            rows: vocabulary,
            columns: width,
            deviation: 0.02
        )
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) { body("table", &table) }

    /// The rows of some classes, [tokens x width].
    func forward(_ classes: [Int]) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(classes.count * table.columns)
        for index in classes { values += table.row(index) }
        return Matrix(rows: classes.count, columns: table.columns, values: values)
    }

    /// Adds each token's gradient to its class, in token order.
    func backward(_ dy: Matrix, classes: [Int], adding gradient: inout Embedding) {
        let width = dy.columns
        gradient.table.values.withUnsafeMutableBufferPointer { table in
            dy.values.withUnsafeBufferPointer { dy in
                for (token, index) in classes.enumerated() {
                    for j in 0..<width { table[index * width + j] += dy[token * width + j] }
                }
            }
        }
    }
}
