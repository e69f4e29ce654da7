/// The part of an MoE layer that every rank has: LayerNorm, the gate, and the dense control.
///
/// Experts are elsewhere (ExpertBank): their rows travel.
public struct MixtureLayer: Parameterized {
    public var norm: LayerNorm
    public var gate: Gate
    /// The dense control's network, for all tokens; the gate is fixed then and not asked.
    public var shared: FeedForward?

    init(_ initial: InitialValues, _ name: String, _ shape: ModelDimensions, layer: Int) {
        norm = LayerNorm(width: shape.width)
        let kind: GateKind = if case .experts(let kind) = shape.mixture { kind } else { .fixed }
        gate = Gate(
            initial,
            name + ".gate",
            kind: kind,
            experts: shape.experts,
            width: shape.width,
            layer: layer
        )
        if shape.mixture == .dense {
            shared = FeedForward(
                initial,
                name + ".shared",
                width: shape.width,
                inner: shape.innerWidth
            )
        }
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        norm.visit { body("norm.\($0)", &$1) }
        gate.visit { body("gate.\($0)", &$1) }
        shared?.visit { body("shared.\($0)", &$1) }
    }
}
