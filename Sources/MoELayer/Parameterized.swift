import ClusterModel

/// A part of the model: it holds parameters, and lists them in a fixed order.
///
/// The gradient of a part is a value of the same type, so what holds for parameters (order,
/// names, shapes) holds for gradients.
public protocol Parameterized: Hashable, Sendable {
    /// Calls `body` with each parameter, in the same order every time, for reading or writing.
    mutating func visit(_ body: (String, inout Matrix) -> Void)
}

extension Parameterized {
    /// The number of values.
    public var parameterCount: Int {
        var count = 0
        read { count += $1.values.count }
        return count
    }

    /// All values, one after the other: what an all-reduce sums, an optimizer steps on and a
    /// checkpoint keeps.
    public var flattened: [Float] {
        var flat: [Float] = []
        flat.reserveCapacity(parameterCount)
        read { flat += $1.values }
        return flat
    }

    /// Takes all values from where `flattened` put them.
    public mutating func assign(_ flat: [Float]) {
        var offset = 0
        visit { name, matrix in
            let end = offset + matrix.values.count
            invariant(end <= flat.count, "\(flat.count) values end inside \(name)")
            matrix.values.replaceSubrange(matrix.values.indices, with: flat[offset..<end])
            offset = end
        }
        invariant(offset == flat.count, "\(flat.count) values for \(offset) parameters")
    }

    /// The same shapes, all zeros: where gradients are summed.
    public var zeros: Self {
        var zeros = self
        zeros.visit { $1 = Matrix(rows: $1.rows, columns: $1.columns) }
        return zeros
    }

    /// Names and shapes, in order.
    public var names: [String] {
        var names: [String] = []
        read { names.append("\($0) [\($1.rows) x \($1.columns)]") }
        return names
    }

    private func read(_ body: (String, Matrix) -> Void) {
        // A copy that nothing writes to shares its values: nothing is copied.
        var copy = self
        copy.visit { body($0, $1) }
    }
}
