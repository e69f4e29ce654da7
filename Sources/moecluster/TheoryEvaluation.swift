import Glibc
import Report
import Routing

/// Every combination of sizes, put through the formulas.
struct TheoryEvaluation {
    var experts: [Int]
    var hidden: [Int]
    var affinities: [Double]
    var tokens: [Int]
    var capacities: [Int]
    var truePositive: [Double]
    var falsePositive: [Double]

    var theory: Theory { Theory(bound: bounds, success: chances) }

    private var bounds: [Theory.BoundRow] {
        experts.flatMap { n in
            hidden.flatMap { d in
                affinities.map { bound(CapacityBound(experts: n, width: d, affinity: $0)) }
            }
        }
    }

    private func bound(_ bound: CapacityBound) -> Theory.BoundRow {
        func figure(_ log: Double) -> (value: Double, log: Double) { (exp(log), log) }
        return Theory.BoundRow(
            experts: bound.experts,
            hidden: bound.width,
            affinity: bound.affinity,
            tail: figure(bound.logTail),
            exact: figure(bound.logValue(.exact)),
            erfc: figure(bound.logValue(.erfc)),
            exp: figure(bound.logValue(.exp))
        )
    }

    private var chances: [Theory.SuccessRow] {
        experts.flatMap { n in
            tokens.flatMap { s in capacities.map { chance(n, s, $0) } }
        }
    }

    private func chance(_ n: Int, _ s: Int, _ c: Int) -> Theory.SuccessRow {
        // P(TCR) is linear in p, and the sum over ranks is the dear part of it.
        let certain = SuccessProbability.tokenChoice(
            truePositive: [Double](repeating: 1, count: n),
            tokens: s,
            capacity: c
        )
        return Theory.SuccessRow(
            experts: n,
            tokens: s,
            capacity: c,
            tokenChoice: truePositive.map { .init(share: $0, success: $0 * certain) },
            expertChoice: falsePositive.map {
                .init(
                    share: $0,
                    success: SuccessProbability.expertChoice(
                        falsePositive: [$0],
                        tokens: s,
                        capacity: c
                    )
                )
            }
        )
    }
}
