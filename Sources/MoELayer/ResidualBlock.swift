/// `x + W₂ gelu(W₁ LayerNorm(x))`, both matrices d x d.
public struct ResidualBlock: Parameterized {
    public var norm: LayerNorm
    public var inside: FeedForward

    struct Cache: Hashable, Sendable {
        var norm: LayerNorm.Cache
        var inside: FeedForward.Cache
    }

    init(_ initial: InitialValues, width: Int) {
        norm = LayerNorm(width: width)
        inside = FeedForward(initial, "block", width: width, inner: width)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        norm.visit { body("norm.\($0)", &$1) }
        inside.visit { body($0, &$1) }
    }

    func forward(_ x: Matrix) -> (Matrix, Cache) {
        let (normalized, normCache) = norm.forward(x)
        var (y, insideCache) = inside.forward(normalized)
        y.add(x)
        return (y, Cache(norm: normCache, inside: insideCache))
    }

    /// From the gradient at the output to that at the input.
    func backward(_ dy: Matrix, _ cache: Cache, adding gradient: inout ResidualBlock) -> Matrix {
        let inner = inside.backward(dy, cache.inside, adding: &gradient.inside)
        var dx = norm.backward(inner, cache.norm, adding: &gradient.norm)
        dx.add(dy)
        return dx
    }
}
