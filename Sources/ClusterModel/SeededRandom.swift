/// SplitMix64: a small generator whose stream depends on the seed alone.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
/// The standard library's generator cannot be seeded.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream for `seed` and a path of `labels` (step, rank, purpose): different labels give
    /// independent streams.
    public init(seed: UInt64, _ labels: UInt64...) {
        state = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        for label in labels {
            state = Self.mix(state ^ (label &+ 0xD1B5_4A32_D192_ED03))
        }
    }

    @inlinable static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    public mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A whole number in `0..<bound`, unbiased (Lemire's method), the same on every platform.
    public mutating func next(below bound: Int) -> Int {
        invariant(bound > 0, "a random number below \(bound): the bound must be positive")
        let range = UInt64(bound)
        let threshold = (0 &- range) % range
        while true {
            let (high, low) = next().multipliedFullWidth(by: range)
            if low >= threshold { return Int(high) }
        }
    }

    /// A double in [0, 1) of 53 random bits.
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Shuffles in place (Fisher-Yates), the same on every platform.
    public mutating func shuffle<T>(_ values: inout [T]) {
        guard values.count > 1 else { return }
        for i in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(i, next(below: i + 1))
        }
    }
}
