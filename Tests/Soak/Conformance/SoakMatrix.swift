import ClusterModel
import Exchange

/// Random traffic: even, hot, sparse, of single bytes, none.
enum SoakMatrix {
    /// `isGrouped`: ranks of a tensor-parallel group send the same to those at their own places.
    static func matrix(
        _ layout: RankLayout,
        isGrouped: Bool,
        _ random: inout SeededRandom
    ) -> TrafficMatrix {
        let tp = isGrouped ? layout.parallel.tp : 1
        let groups = layout.world / tp
        let kind = random.next(below: 7)
        let hot = random.next(below: groups)
        var matrix = TrafficMatrix(size: layout.world)
        for from in 0..<groups {
            // Some ranks have nothing to send.
            guard kind != 5 || random.next(below: 2) == 0 else { continue }
            for to in 0..<groups {
                let bytes = cell(kind, isHot: to == hot, &random)
                for place in 0..<tp {
                    matrix[Rank(from * tp + place), Rank(to * tp + place)] = bytes
                }
            }
        }
        return matrix
    }

    private static func cell(_ kind: Int, isHot: Bool, _ random: inout SeededRandom) -> Int {
        switch kind {
        case 0: 3_000
        case 1: isHot ? 25_000 : random.next(below: 300)
        case 2: random.next(below: 5) == 0 ? random.next(below: 30_000) : 0
        case 3: random.next(below: 3)
        case 4: isHot ? 1 : 0
        case 5: random.next(below: 9_000)
        default: random.next(below: 40) == 0 ? 100_000 : 0
        }
    }
}
