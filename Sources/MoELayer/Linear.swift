import ClusterModel

/// `y = x Wᵀ + b` for rows x.
public struct Linear: Parameterized {
    /// W, [outputs x inputs].
    public var weight: Matrix
    /// b, [1 x outputs].
    public var bias: Matrix

    /// Uniform in ±1/sqrt(inputs); the bias is 0 (ours).
    ///
    /// A random bias in front of a gate is the same for every token: all would start at one expert.
    init(_ initial: InitialValues, _ name: String, inputs: Int, outputs: Int) {
        let bound = 1 / Double(inputs).squareRoot()
        weight = initial.uniform(name + ".weight", rows: outputs, columns: inputs, bound: bound)
        bias = Matrix(rows: 1, columns: outputs)
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
