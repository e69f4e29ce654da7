import ArgumentParser
import Routing
import TokenData

/// Learned weights of a router, from .npy files of float16 or float32.
struct RouteWeights: ParsableArguments {
    @Option(
        help: """
            Weights of the dense gate: .npy, [experts, d]. smile: [nodes + experts of a node, d], \
            the gate over nodes first. rmoe: [experts, p].
            """
    )
    var gate: String?
    @Option(help: "ada-k: weights of the allocator, [k_max, d], row j for k = j + 1.")
    var allocator: String?
    @Option(help: "rmoe: the projection, [p, d].") var projection: String?
    @Option(
        help: """
            rmoe: the recurrent unit, [3p, 2p + 2], rows of r, z, m: input weights, state weights, \
            input bias, state bias.
            """
    )
    var recurrence: String?
    @Option(help: "rmoe: the state of the layer before, [tokens, p]; zeros if left out.")
    var state: String?

    func parts() throws -> RouterParts {
        var parts = RouterParts()
        parts.gate = try gate.map(Self.matrix)
        parts.allocator = try allocator.map(Self.matrix)
        parts.projection = try projection.map(Self.matrix)
        parts.recurrence = try recurrence.map(Self.unit)
        return parts
    }

    static func matrix(_ path: String) throws -> DenseGate {
        let matrix = try FeatureMatrix.open(path)
        try matrix.checkFinite()
        return DenseGate(experts: matrix.rows, width: matrix.width, weights: matrix.allFloats())
    }

    private static func unit(_ path: String) throws -> GatedRecurrentUnit {
        let all = try matrix(path)
        let p = all.experts / 3
        guard p > 0, all.experts == 3 * p, all.width == 2 * p + 2 else {
            throw TokenDataError(
                file: path,
                problem: "has the shape [\(all.experts), \(all.width)], expected [3p, 2p + 2]"
            )
        }
        func columns(_ range: Range<Int>) -> [Float] {
            (0..<3 * p).flatMap { row in
                range.map { all.weights[row * all.width + $0] }
            }
        }
        return GatedRecurrentUnit(
            input: DenseGate(experts: 3 * p, width: p, weights: columns(0..<p)),
            state: DenseGate(experts: 3 * p, width: p, weights: columns(p..<2 * p)),
            inputBias: columns(2 * p..<2 * p + 1),
            stateBias: columns(2 * p + 1..<2 * p + 2)
        )
    }
}
