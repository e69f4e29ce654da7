/// The softmax of each row of a matrix, and its way back.
enum RowSoftmax {
    /// Rows of logits become rows of shares.
    static func forward(_ logits: inout Matrix, scale: Float = 1) {
        let width = logits.columns
        logits.values.withUnsafeMutableBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: width) {
                var largest = values[start]
                for i in start..<start + width { largest = max(largest, values[i]) }
                for i in start..<start + width { values[i] = scale * (values[i] - largest) }
                Exponentials.replace(.init(rebasing: values[start..<start + width]))
                var sum: Float = 0
                for i in start..<start + width { sum += values[i] }
                for i in start..<start + width { values[i] /= sum }
            }
        }
    }

    /// `p_i (g_i - Σ_j p_j g_j)` for each row.
    static func backward(_ gradient: inout Matrix, _ shares: Matrix) {
        let width = shares.columns
        gradient.values.withUnsafeMutableBufferPointer { gradient in
            shares.values.withUnsafeBufferPointer { shares in
                for start in stride(from: 0, to: shares.count, by: width) {
                    var mean: Float = 0
                    for i in start..<start + width { mean += shares[i] * gradient[i] }
                    for i in start..<start + width {
                        gradient[i] = shares[i] * (gradient[i] - mean)
                    }
                }
            }
        }
    }
}
