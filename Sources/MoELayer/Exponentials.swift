import CVectorMath

/// Exponentials of many values at once: three times as fast as one by one.
enum Exponentials {
    /// Replaces each value by its exponential, within 4 units in the last place.
    static func replace(_ values: UnsafeMutableBufferPointer<Float>) {
        guard let start = values.baseAddress else { return }
        vector_exponentials(start, values.count)
    }
}
