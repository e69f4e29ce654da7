import ClusterModel
import Faults

extension ValueReader where Value == [RecoveryRung] {
    /// A rung, or a list of rungs from gentle to hard.
    static var ladder: Self {
        let rung = ValueReader<RecoveryRung>.choice()
        let list = ValueReader<[RecoveryRung]>.list(of: RecoveryRung.self)
        return Self(expected: "\(rung.expected), or a list of them in this order") {
            (seen) throws(Refusal) in
            guard case .array = seen else { return [try rung.read(seen)] }
            let rungs = try list.read(seen)
            // Only a ladder that goes up uses each of its rungs.
            let order = rungs.compactMap { RecoveryRung.allCases.firstIndex(of: $0) }
            guard zip(order, order.dropFirst()).allSatisfy(<) else {
                throw Refusal(seen: "\(seen.shown) does not go from gentle to hard")
            }
            return rungs
        }
    }
}
