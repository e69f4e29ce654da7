import CVectorMath
import Glibc
import Testing

@Suite struct `Exponentials of many values` {
    /// From where floats end to where they begin, both zeros and what is no number among them.
    private let values: [Float] =
        stride(from: -110, through: 95, by: 0.37).map { Float($0) } + [
            0, -0.0, .infinity, -.infinity, .nan, 1e-30, 88.72284, -87.33655,
        ]

    private func exponentials(_ values: ArraySlice<Float>) -> [Float] {
        var result = Array(values)
        result.withUnsafeMutableBufferPointer { vector_exponentials($0.baseAddress, $0.count) }
        return result
    }

    @Test func `are within 4 units in the last place`() {
        for (value, seen) in zip(values, exponentials(values[...])) {
            let exact = exp(Double(value))
            guard exact.isFinite, exact <= Double(Float.greatestFiniteMagnitude) else {
                #expect(value.isNaN ? seen.isNaN : seen == .infinity)
                continue
            }
            let unit = max(Double(Float(exact).ulp), Double(Float.leastNonzeroMagnitude))
            #expect(abs(Double(seen) - exact) <= 4 * unit, "\(value)")
        }
    }

    @Test func `do not depend on those around them`() {
        let all = exponentials(values[...]).map(\.bitPattern)
        for start in 0..<9 {
            for count in 0..<9 {
                let some = exponentials(values[start..<start + count]).map(\.bitPattern)
                #expect(some == Array(all[start..<start + count]))
            }
        }
    }

    @Test func `leave alone what stands behind them`() {
        for count in 0..<9 {
            var behind = [Float](repeating: 2, count: 12)
            behind.withUnsafeMutableBufferPointer { vector_exponentials($0.baseAddress, count) }
            #expect(behind[count...].allSatisfy { $0 == 2 })
        }
    }
}
