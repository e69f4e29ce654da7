import Glibc
import Routing
import Testing

@Suite struct `The lower bound on capacity` {
    struct Known: Sendable {
        var n: Int
        var d: Int
        var affinity: Double
        /// Logarithms of p_δ and of the erfc and exp forms, from scipy 1.x.
        var tail: Double
        var erfc: Double
        var exp: Double
    }

    static let known = [
        Known(8, 64, 0.125, -1.13589047121843, -0.9255681972848113, -1.57550453380582),
        Known(8, 64, 0.3, -4.187504369442461, 2.185444104815748, 0.9362652646028868),
        Known(8, 256, 0.2, -6.670720244462419, 4.623601168717263, 3.145048254238533),
        Known(8, 1024, 0.1, -6.60959924812567, 4.538278199189781, 3.0662871015362456),
        Known(8, 4096, 0.05, -6.594743617317235, 4.517334350966028, 3.046966468332681),
        Known(16, 5120, 0.03, -3.447984360523507, 0.6761830325848681, -0.4675514554697351),
        Known(16, 384, 0.0416, -0.8778538638305162, -1.8925371107660196, -2.44003344881279),
        Known(4, 2, 0.5, -0.40546510810816444, -0.5871015368530235, -1.1005800754056048),
        Known(8, 16, 0.99, -30.965378362282614, 15.265162902145628, 13.29618351960068),
        Known(8, 7168, 0.3, -341.42419998998736, 339.16472716266463, 335.6797207619851),
        Known(8, 384, 0.001, -0.015726748227931544, -2.063683753618431, -2.079249541583836),
    ]

    @Test(arguments: known)
    func `agrees with scipy to 1e-9`(known: Known) {
        let bound = CapacityBound(experts: known.n, width: known.d, affinity: known.affinity)
        #expect(abs(bound.logTail - known.tail) < 1e-9)
        #expect(abs(bound.logValue(.exact) + known.tail + log(Double(known.n))) < 1e-9)
        #expect(abs(bound.logValue(.erfc) - known.erfc) < 1e-9)
        #expect(abs(bound.logValue(.exp) - known.exp) < 1e-9)
    }

    @Test(arguments: [
        (8, 64, 0.30, 8.23, 8.90, 2.55), (8, 256, 0.20, 98.6, 101.9, 23.2),
        (8, 1024, 0.10, 92.8, 93.5, 21.5), (8, 4096, 0.05, 91.4, 91.6, 21.1),
        (16, 5120, 0.03, 1.97, 1.97, 0.627),
    ])
    func `is that of the papers' formulas in three digits`(
        n: Int,
        d: Int,
        affinity: Double,
        exact: Double,
        erfc: Double,
        exponential: Double
    ) {
        let bound = CapacityBound(experts: n, width: d, affinity: affinity)
        for (form, value) in [
            (CapacityBound.Form.exact, exact), (.erfc, erfc), (.exp, exponential),
        ] {
            #expect(abs(Glibc.exp(bound.logValue(form)) / value - 1) < 3e-3)
        }
    }

    @Test func `is clamped to floor and tokens, however it explodes`() {
        for form in CapacityBound.Form.allCases {
            for affinity in [0, 0.3, 1] {
                let bound = CapacityBound(experts: 8, width: 7168, affinity: affinity)
                let slots = bound.slots(form, floor: 4, tokens: 512)
                #expect(slots == (affinity == 0 ? 4 : 512))
            }
        }
        let bound = CapacityBound(experts: 8, width: 64, affinity: 0.3)
        #expect(bound.slots(.exact, floor: 1, tokens: 512) == 9)
    }
}

extension `The lower bound on capacity`.Known {
    init(
        _ n: Int,
        _ d: Int,
        _ affinity: Double,
        _ tail: Double,
        _ erfc: Double,
        _ exp: Double
    ) {
        self.init(n: n, d: d, affinity: affinity, tail: tail, erfc: erfc, exp: exp)
    }
}

@Suite struct `The chance of success for s = 1024 and n = 8` {
    /// C, then token choice for p = 1/8 and 1, then expert choice for q = .125, .05, .02 and .01.
    static let known: [(Int, [Double], [Double])] = [
        (
            16, [0.015625, 0.125],
            [
                1.0763375009952933e-39, 1.4345574467678243e-09, 0.13157730156721278,
                0.9437364826694598,
            ]
        ),
        (
            32, [0.03125, 0.25],
            [
                5.941695364289627e-27, 0.001340826830297557, 0.989815580660329,
                0.9999999674774296,
            ]
        ),
        (
            64, [0.06249999999997559, 0.4999999999998047],
            [1.4900289597937187e-11, 0.9582649501688126, 0.9999999999999954, 1]
        ),
        (
            128, [0.12087967637620806, 0.9670374110096644],
            [0.49057424016092177, 1, 1, 1]
        ),
        (
            160, [0.12499475004460554, 0.9999580003568443],
            [0.9981665750623951, 1, 1, 1]
        ),
    ]

    @Test(arguments: known)
    func `agrees with scipy to 1e-9`(capacity: Int, token: [Double], expert: [Double]) {
        for (p, expected) in zip([0.125, 1], token) {
            let chance = SuccessProbability.tokenChoice(
                truePositive: [Double](repeating: p, count: 8),
                tokens: 1024,
                capacity: capacity
            )
            #expect(abs(chance / expected - 1) < 1e-9)
        }
        for (q, expected) in zip([0.125, 0.05, 0.02, 0.01], expert) {
            let chance = SuccessProbability.expertChoice(
                falsePositive: [Double](repeating: q, count: 8),
                tokens: 1024,
                capacity: capacity
            )
            #expect(abs(chance / expected - 1) < 1e-9)
        }
    }

    @Test func `is an average over experts, 0 without slots and 1 with one for each token`() {
        func chance(_ capacity: Int, _ q: [Double]) -> Double {
            SuccessProbability.expertChoice(falsePositive: q, tokens: 64, capacity: capacity)
        }
        #expect(chance(0, [0.5, 0]) == 0)
        #expect(chance(64, [0.5, 1]) == 1)
        #expect(chance(9, [0, 1]) == 0.5)
        #expect(abs(chance(9, [0.1, 0.3]) - (chance(9, [0.1]) + chance(9, [0.3])) / 2) < 1e-15)
    }
}
