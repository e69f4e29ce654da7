import ClusterModel

extension ValueReader where Value == [RecoveryMeasure] {
    /// A rung, or a list of rungs from gentle to hard.
    static var ladder: Self {
        let rung = ValueReader<RecoveryMeasure>.choice()
        let list = ValueReader<[RecoveryMeasure]>.list(of: RecoveryMeasure.self)
        return Self(expected: "\(rung.expected), or a list of them in this order") {
            (seen) throws(Refusal) in
            guard case .array = seen else { return [try rung.read(seen)] }
            let rungs = try list.read(seen)
            // Only a ladder that goes up uses each of its rungs.
            let order = rungs.compactMap { RecoveryMeasure.allCases.firstIndex(of: $0) }
            guard zip(order, order.dropFirst()).allSatisfy(<) else {
                throw Refusal(seen: "\(seen.shown) does not go from gentle to hard")
            }
            return rungs
        }
    }
}

extension ValueReader where Value == Int? {
    /// Whether who was left out comes back, and after how many steps.
    static var rejoin: Self {
        Self(expected: "\"never\" or \"after 5 steps\", 1 to 1000000 of them") {
            (seen) throws(Refusal) in
            guard case .string(let text) = seen else { throw .wrongType(seen) }
            if text == "never" { return nil }
            let words = text.split(separator: " ")
            guard words.count == 3, words[0] == "after", ["step", "steps"].contains(words[2]),
                let steps = Int(words[1]), (1...1_000_000).contains(steps)
            else { throw Refusal(seen: seen.shown) }
            return steps
        }
    }
}
