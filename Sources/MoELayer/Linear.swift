import ClusterModel

/// `y = x Wᵀ + b` for rows x.
public struct Linear: Parameterized {
    /// W, [outputs x inputs].
    public var weight: Matrix
    /// b, [1 x outputs].
    public var bias: Matrix

    /// Uniform in ±1/sqrt(inputs), for weights and biases alike (ours).
    init(_ initial: InitialValues, _ name: String, inputs: Int, outputs: Int) {
        let bound = 1 / Double(inputs).squareRoot()
        weight = initial.uniform(name + ".weight", rows: outputs, columns: inputs, bound: bound)
        bias = initial.uniform(name + ".bias", rows: 1, columns: outputs, bound: bound)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        body("weight", &weight)
        body("bias", &bias)
    }

    /// [rows x inputs] to [rows x outputs].
    func forward(_ x: Matrix) -> Matrix {
        var y = Product.ofTransposed(x, weight)
        y.addToRows(bias)
        return y
    }

    /// From the gradient at the output to that at the input; those of W and b are added.
    func backward(_ dy: Matrix, input x: Matrix, adding gradient: inout Linear) -> Matrix {
        Product.addTransposed(dy, x, to: &gradient.weight)
        gradient.bias.addColumnSums(of: dy)
        return Product.of(dy, weight)
    }
}
