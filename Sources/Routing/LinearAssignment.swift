import ClusterModel

/// The assignment of rows to columns with the least sum of costs, in whole numbers.
///
/// The Hungarian method by shortest augmenting paths with potentials, O(n³).
/// Source: Kuhn, Naval Research Logistics 2 (1955); Jonker and Volgenant, Computing 38 (1987).
enum LinearAssignment {
    /// The column of each row of a square of costs, [n].
    static func solve(_ costs: [[Int]]) -> [Int] {
        var solver = Solver(costs)
        for row in costs.indices { solver.add(row) }
        return solver.columnOfRow
    }

    private struct Solver {
        let costs: [[Int]]
        /// Row of each column, or -1; the last column is where a new row starts.
        var rowOfColumn: [Int]
        var rowPotential: [Int]
        var columnPotential: [Int]

        init(_ costs: [[Int]]) {
            self.costs = costs
            rowOfColumn = [Int](repeating: -1, count: costs.count + 1)
            rowPotential = [Int](repeating: 0, count: costs.count)
            columnPotential = [Int](repeating: 0, count: costs.count + 1)
        }

        var columnOfRow: [Int] {
            var result = [Int](repeating: -1, count: costs.count)
            for column in costs.indices { result[rowOfColumn[column]] = column }
            return result
        }

        /// Gives `row` a column, moving others along the cheapest path.
        mutating func add(_ row: Int) {
            let start = costs.count
            var column = start
            var before = [Int](repeating: start, count: costs.count)
            var least = [Int](repeating: .max, count: costs.count)
            var isUsed = [Bool](repeating: false, count: costs.count + 1)
            rowOfColumn[start] = row
            while rowOfColumn[column] >= 0 {
                isUsed[column] = true
                relax(from: column, isUsed, &least, &before)
                let free = costs.indices.filter { !isUsed[$0] }
                guard let next = free.min(by: { (least[$0], $0) < (least[$1], $1) }) else { return }
                shift(by: least[next], isUsed, &least)
                column = next
            }
            while column != start {
                rowOfColumn[column] = rowOfColumn[before[column]]
                column = before[column]
            }
            rowOfColumn[start] = -1
        }

        private func relax(
            from column: Int,
            _ isUsed: [Bool],
            _ least: inout [Int],
            _ before: inout [Int]
        ) {
            let row = rowOfColumn[column]
            for other in costs.indices where !isUsed[other] {
                let reduced = costs[row][other] - rowPotential[row] - columnPotential[other]
                if reduced < least[other] { (least[other], before[other]) = (reduced, column) }
            }
        }

        private mutating func shift(by delta: Int, _ isUsed: [Bool], _ least: inout [Int]) {
            for column in isUsed.indices {
                if isUsed[column] {
                    rowPotential[rowOfColumn[column]] += delta
                    columnPotential[column] -= delta
                } else if column < least.count {
                    least[column] -= delta
                }
            }
        }
    }
}
