/// What a rank is asked to prepare and play: a step, or one of the segments that a step of
/// training is played in.
///
/// What a router decides in a layer follows from what the layer before gave, so a training step
/// cannot be planned as a whole. Between two segments the emulated clock stands still while ranks
/// compute and announce counts; each rank then begins where it had ended.
public enum StepSegment: Sendable, Hashable, Codable {
    /// Tokens of the store, routed: a whole step.
    case routed
    /// A bare exchange of given sizes: a whole step.
    case exchange
    /// The sum over all ranks of what LocMoE+ counts, where it adapts.
    case resonance(layer: Int)
    /// Candidates to the experts and verdicts back, where slots are pooled.
    case admission(layer: Int)
    /// Activations to the experts and back.
    case forward(layer: Int)
    /// Gradients to the experts and back.
    case backward(layer: Int)
    /// The sum of dense gradients over all ranks.
    case sumDense
    /// The sum of expert gradients over ranks that hold the same experts.
    case sumExperts

    /// The segments of one training step.
    ///
    /// - Parameters:
    ///   - layers: MoE layers.
    ///   - adapts: whether what all ranks count decides on mode or capacity.
    ///   - isPooled: whether experts admit over the tokens of all ranks.
    ///   - sharesExperts: whether an expert lives on several ranks.
    /// - Returns: in the order in which they are played.
    public static func training(
        layers: Int,
        adapts: Bool = false,
        isPooled: Bool,
        sharesExperts: Bool
    ) -> [StepSegment] {
        var segments: [StepSegment] = []
        for layer in 0..<layers {
            if adapts { segments.append(.resonance(layer: layer)) }
            if isPooled { segments.append(.admission(layer: layer)) }
            segments.append(.forward(layer: layer))
        }
        for layer in (0..<layers).reversed() { segments.append(.backward(layer: layer)) }
        segments.append(.sumDense)
        if sharesExperts { segments.append(.sumExperts) }
        return segments
    }

    /// Whether it is a sum over ranks: its exchanges do not go back as they came.
    public var isSum: Bool {
        switch self {
        case .resonance, .sumDense, .sumExperts: true
        case .routed, .exchange, .admission, .forward, .backward: false
        }
    }

    /// Whether the gate of its layer is computed before it: on the way there before anything of the
    /// layer travels, and on the way back.
    public func hasGate(adapts: Bool, isPooled: Bool) -> Bool {
        switch self {
        case .resonance, .backward, .routed: true
        case .admission: !adapts
        case .forward: !adapts && !isPooled
        case .exchange, .sumDense, .sumExperts: false
        }
    }

    /// Whether activations of tokens, or bytes in their place, go there and back.
    public var movesTokens: Bool {
        switch self {
        case .routed, .exchange, .forward, .backward: true
        case .resonance, .admission, .sumDense, .sumExperts: false
        }
    }

    /// Its name, as it stands on the wire and in traces.
    public var name: String {
        switch self {
        case .routed: "routed"
        case .exchange: "exchange"
        case .resonance: "resonance"
        case .admission: "admission"
        case .forward: "forward"
        case .backward: "backward"
        case .sumDense: "sum-dense"
        case .sumExperts: "sum-experts"
        }
    }

    /// Its name for people: "forward 0".
    public var title: String {
        switch self {
        case .resonance(let layer), .admission(let layer), .forward(let layer),
            .backward(let layer):
            "\(name) \(layer)"
        case .routed, .exchange, .sumDense, .sumExperts: name
        }
    }

    /// Its layer, 0 where it has none.
    public var layer: Int {
        switch self {
        case .resonance(let layer), .admission(let layer), .forward(let layer),
            .backward(let layer):
            layer
        case .routed, .exchange, .sumDense, .sumExperts: 0
        }
    }

    /// From `name` and `layer`; nil where there is no such segment.
    public init?(name: String, layer: Int) {
        let all: [StepSegment] = [
            .routed, .exchange, .resonance(layer: layer), .admission(layer: layer),
            .forward(layer: layer), .backward(layer: layer), .sumDense, .sumExperts,
        ]
        guard layer >= 0, let segment = all.first(where: { $0.name == name }) else { return nil }
        self = segment
    }
}
