import Glibc

/// Classes from hidden rows, and their cross-entropy in nats.
public struct LinearHead: Parameterized {
    public var linear: Linear

    init(_ initial: InitialValues, width: Int, vocabulary: Int) {
        linear = Linear(initial, "head", inputs: width, outputs: vocabulary)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) { linear.visit(body) }

    /// `-log softmax(W h + b)[target]` of each row, 0 where it has no target.
    func loss(_ h: Matrix, targets: [Int?]) -> [Double] {
        var logits = linear.forward(h)
        return Self.softmax(&logits, targets: targets, gradientScale: nil)
    }

    /// The same, and the gradient of `scale` times their sum: at h, and added to the weights.
    func lossAndGradient(
        _ h: Matrix,
        targets: [Int?],
        scale: Float,
        adding gradient: inout LinearHead
    ) -> ([Double], Matrix) {
        var logits = linear.forward(h)
        let losses = Self.softmax(&logits, targets: targets, gradientScale: scale)
        return (losses, linear.backward(logits, input: h, adding: &gradient.linear))
    }

    /// The losses of the rows; with a scale, logits become their gradients in place.
    private static func softmax(
        _ logits: inout Matrix,
        targets: [Int?],
        gradientScale: Float?
    ) -> [Double] {
        let width = logits.columns
        return logits.values.withUnsafeMutableBufferPointer { values in
            var losses = [Double](repeating: 0, count: targets.count)
            for (token, target) in targets.enumerated() {
                let row = UnsafeMutableBufferPointer(
                    rebasing: values[token * width..<(token + 1) * width]
                )
                guard let target else {
                    row.update(repeating: 0)
                    continue
                }
                let logit = row[target]
                let (largest, sum) = exponentiate(row)
                losses[token] = log(sum) + Double(largest - logit)
                guard let gradientScale else { continue }
                let factor = gradientScale / Float(sum)
                for i in row.indices { row[i] *= factor }
                row[target] -= gradientScale
            }
            return losses
        }
    }

    /// Replaces logits by `exp(logit - largest)` and sums those.
    private static func exponentiate(
        _ row: UnsafeMutableBufferPointer<Float>
    ) -> (largest: Float, sum: Double) {
        let largest = largest(row)
        for i in row.indices { row[i] -= largest }
        Exponentials.replace(row)
        return (largest, sum(row))
    }

    /// Eight sums by position, and then theirs: one chain would take as long as the exponentials.
    private static func sum(_ row: UnsafeMutableBufferPointer<Float>) -> Double {
        let raw = UnsafeRawBufferPointer(row)
        let width = MemoryLayout<SIMD8<Float>>.size
        let end = raw.count / width * width
        var lanes = SIMD8<Double>.zero
        for offset in stride(from: 0, to: end, by: width) {
            let values = raw.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            lanes += SIMD8<Double>(values)
        }
        var sum = lanes.sum()
        for i in (end / 4)..<row.count { sum += Double(row[i]) }
        return sum
    }

    /// Eight wide: one chain of comparisons would take as long as the exponentials.
    private static func largest(_ row: UnsafeMutableBufferPointer<Float>) -> Float {
        let raw = UnsafeRawBufferPointer(row)
        let width = MemoryLayout<SIMD8<Float>>.size
        let end = raw.count / width * width
        var lanes = SIMD8<Float>(repeating: row[0])
        for offset in stride(from: 0, to: end, by: width) {
            let values = raw.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            lanes.replace(with: values, where: values .> lanes)
        }
        var largest = lanes.max()
        for i in (end / 4)..<row.count { largest = max(largest, row[i]) }
        return largest
    }
}
