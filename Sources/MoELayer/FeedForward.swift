/// `W₂ gelu(W₁ x + b₁) + b₂`: an expert (inner width 2d), the dense control, and the inside of the
/// residual block (inner width d).
public struct FeedForward: Parameterized {
    public var first: Linear
    public var second: Linear

    /// What the way back needs.
    struct Cache: Hashable, Sendable {
        var input: Matrix
        var inner: Matrix
        var activated: Matrix
    }

    init(_ initial: InitialValues, _ name: String, width: Int, inner: Int) {
        first = Linear(initial, name + ".first", inputs: width, outputs: inner)
        second = Linear(initial, name + ".second", inputs: inner, outputs: width)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        first.visit { body("first.\($0)", &$1) }
        second.visit { body("second.\($0)", &$1) }
    }

    func forward(_ x: Matrix) -> (Matrix, Cache) {
        let inner = first.forward(x)
        let activated = GELU.forward(inner)
        let cache = Cache(input: x, inner: inner, activated: activated)
        return (second.forward(activated), cache)
    }

    /// From the gradient at the output to that at the input; those of the weights are added.
    func backward(_ dy: Matrix, _ cache: Cache, adding gradient: inout FeedForward) -> Matrix {
        var inner = second.backward(dy, input: cache.activated, adding: &gradient.second)
        GELU.backward(&inner, input: cache.inner)
        return first.backward(inner, input: cache.input, adding: &gradient.first)
    }
}
