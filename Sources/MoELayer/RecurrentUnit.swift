import ClusterModel
import Glibc
import Routing

/// RMoE's gated recurrent unit, one for all layers, with its gradients.
///
/// The equations are those of Routing's `GatedRecurrentUnit`, in Float and for all tokens at
/// once: that one decides, this one is differentiated.
public struct RecurrentUnit: Parameterized {
    /// W and U, rows of r, then z, then m, [3p x p].
    public var input: Matrix
    public var state: Matrix
    /// b and c, [1 x 3p].
    public var inputBias: Matrix
    public var stateBias: Matrix

    /// p, elements of input and state.
    public var width: Int { input.columns }

    struct Cache: Hashable, Sendable {
        /// x and h, [tokens x p].
        var input: Matrix
        var state: Matrix
        /// r, z and m, [tokens x 3p].
        var gates: Matrix
        /// `U_m h + c_m`, [tokens x p].
        var recalled: Matrix
        /// h', [tokens x p].
        var next: Matrix
    }

    init(_ initial: InitialValues, width: Int) {
        func matrix(_ part: String) -> Matrix {
            initial.gaussian(
                "recurrence.\(part)",
                rows: 3 * width,
                columns: width,
                deviation: 1 / Double(width).squareRoot()
            )
        }
        (input, state) = (matrix("input"), matrix("state"))
        inputBias = Matrix(rows: 1, columns: 3 * width)
        stateBias = Matrix(rows: 1, columns: 3 * width)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        body("input", &input)
        body("state", &state)
        body("inputBias", &inputBias)
        body("stateBias", &stateBias)
    }

    /// The unit as a router's.
    var router: GatedRecurrentUnit? {
        guard let input = Gate.routerGate(input), let state = Gate.routerGate(state) else {
            return nil
        }
        return GatedRecurrentUnit(
            input: input,
            state: state,
            inputBias: inputBias.values,
            stateBias: stateBias.values
        )
    }

    /// The next state of every token.
    func forward(_ x: Matrix, state h: Matrix) -> Cache {
        var (fresh, kept) = (Product.ofTransposed(x, input), Product.ofTransposed(h, state))
        fresh.addToRows(inputBias)
        kept.addToRows(stateBias)
        let p = width
        var cache = Cache(
            input: x,
            state: h,
            gates: fresh,
            recalled: Matrix(rows: h.rows, columns: p),
            next: Matrix(rows: h.rows, columns: p)
        )
        for token in 0..<h.rows {
            for i in 0..<p {
                let (at, row) = (token * p + i, token * 3 * p + i)
                let r = Self.sigmoid(fresh.values[row] + kept.values[row])
                let z = Self.sigmoid(fresh.values[row + p] + kept.values[row + p])
                let recalled = kept.values[row + 2 * p]
                let m = tanhf(fresh.values[row + 2 * p] + r * recalled)
                cache.recalled.values[at] = recalled
                (cache.gates.values[row], cache.gates.values[row + p]) = (r, z)
                cache.gates.values[row + 2 * p] = m
                cache.next.values[at] = (1 - z) * m + z * h.values[at]
            }
        }
        return cache
    }

    /// From the gradient at h' to those at x and h; the unit's own is added.
    func backward(
        _ dNext: Matrix,
        _ cache: Cache,
        adding gradient: inout RecurrentUnit?
    ) -> (dInput: Matrix, dState: Matrix) {
        let p = width
        var dFresh = Matrix(rows: dNext.rows, columns: 3 * p)
        var dKept = dFresh
        var dState = Matrix(rows: dNext.rows, columns: p)
        for token in 0..<dNext.rows {
            for i in 0..<p {
                let (at, row) = (token * p + i, token * 3 * p + i)
                let (r, z) = (cache.gates.values[row], cache.gates.values[row + p])
                let (m, slope) = (cache.gates.values[row + 2 * p], dNext.values[at])
                let dm = slope * (1 - z) * (1 - m * m)
                let dr = dm * cache.recalled.values[at] * r * (1 - r)
                let dz = slope * (cache.state.values[at] - m) * z * (1 - z)
                (dFresh.values[row], dKept.values[row]) = (dr, dr)
                (dFresh.values[row + p], dKept.values[row + p]) = (dz, dz)
                (dFresh.values[row + 2 * p], dKept.values[row + 2 * p]) = (dm, dm * r)
                dState.values[at] = slope * z
            }
        }
        add(dFresh, dKept, cache, to: &gradient)
        dState.add(Product.of(dKept, state))
        return (Product.of(dFresh, input), dState)
    }

    private func add(
        _ dFresh: Matrix,
        _ dKept: Matrix,
        _ cache: Cache,
        to gradient: inout RecurrentUnit?
    ) {
        // Taken out of the optional for the time being, or the addition would copy it.
        guard var unit = gradient else { fatalError("a recurrent unit without its gradient") }
        gradient = nil
        Product.addTransposed(dFresh, cache.input, to: &unit.input)
        Product.addTransposed(dKept, cache.state, to: &unit.state)
        unit.inputBias.addColumnSums(of: dFresh)
        unit.stateBias.addColumnSums(of: dKept)
        gradient = unit
    }

    private static func sigmoid(_ value: Float) -> Float { 1 / (1 + expf(-value)) }
}
