import ClusterModel
import Routing

/// Probabilities of experts from tokens, and the gradients that flow back through them.
///
/// A gate does not decide: routers do, from the same tokens.
public struct Gate: Parameterized {
    public let kind: GateKind
    public let experts: Int
    /// W, by the kind [experts x width], SMILE's two gates one above the other, RMoE's
    /// [experts x state]; no rows where nothing is learned.
    public var weight: Matrix
    /// Ada-K's allocator, [choices x width]; no rows elsewhere.
    public var allocator: Matrix
    /// RMoE's P, [state x width]; no rows elsewhere.
    public var projection: Matrix

    /// What the way back, and the next layer, need.
    struct Cache: Hashable, Sendable {
        /// [tokens x experts]; no rows for a fixed gate.
        var probabilities: Matrix
        /// δ or slice means, [tokens x experts]; no rows where they are not needed.
        var scores = Matrix(rows: 0, columns: 0)
        /// |u| of each token, for affinities.
        var norms: [Float] = []
        /// π, the allocator's probabilities of one choice and more, [tokens x choices].
        var allocation = Matrix(rows: 0, columns: 0)
        /// RMoE's unit in this layer.
        var memory: RecurrentUnit.Cache?
    }

    init(
        _ initial: InitialValues,
        _ name: String,
        kind: GateKind,
        experts: Int,
        width: Int,
        layer: Int = 0
    ) {
        self.kind = kind
        self.experts = experts
        let shape = kind.shape(experts: experts, width: width, layer: layer)
        func matrix(_ part: String, _ rows: Int, _ columns: Int) -> Matrix {
            initial.gaussian(
                "\(name).\(part)",
                rows: rows,
                columns: columns,
                deviation: 1 / Double(columns).squareRoot()
            )
        }
        weight = matrix("weight", shape.rows, shape.columns)
        allocator = Matrix(rows: 0, columns: width)
        projection = Matrix(rows: 0, columns: width)
        if case .allocated(let choices) = kind { allocator = matrix("allocator", choices, width) }
        if case .recurrent(let state) = kind { projection = matrix("projection", state, width) }
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        body("weight", &weight)
        body("allocator", &allocator)
        body("projection", &projection)
    }

    /// W as a router's; nil where nothing is learned.
    public var router: DenseGate? { Self.routerGate(weight) }

    /// What a router of this layer is made of.
    ///
    /// - Parameter unit: RMoE's, which all layers share.
    /// - Returns: the parts that this kind of gate has.
    public func parts(_ unit: RecurrentUnit?) -> LearnedParts {
        LearnedParts(
            gate: router,
            allocator: Self.routerGate(allocator),
            projection: Self.routerGate(projection),
            recurrence: unit?.router
        )
    }

    static func routerGate(_ matrix: Matrix) -> DenseGate? {
        guard matrix.rows > 0 else { return nil }
        return DenseGate(experts: matrix.rows, width: matrix.columns, weights: matrix.values)
    }

    /// Probabilities of tokens [tokens x width], [tokens x experts]; no rows of a fixed gate.
    ///
    /// Of gates that need no other layer and no unit.
    public func probabilities(of u: Matrix) -> Matrix {
        forward(u, before: nil, nil).probabilities
    }
}

/// The learned parts a router is made of, as routers have them.
public struct LearnedParts: Sendable {
    public var gate: DenseGate?
    public var allocator: DenseGate?
    public var projection: DenseGate?
    public var recurrence: GatedRecurrentUnit?
}
