import ClusterModel
import Exchange
import Testing

@Suite struct `Traffic between ranks` {
    private let matrix = TrafficMatrix(rows: [[1, 2, 3], [4, 5, 6], [7, 8, 9]])

    @Test func `is read by row, by column and by cell`() {
        #expect(matrix.row(Rank(1)) == [4, 5, 6])
        #expect(matrix.column(Rank(1)) == [2, 5, 8])
        #expect(matrix[Rank(2), Rank(0)] == 7)
        #expect(matrix.rows == [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        #expect(matrix.total == 45)
    }

    @Test func `goes back transposed`() {
        #expect(matrix.transposed.rows == [[1, 4, 7], [2, 5, 8], [3, 6, 9]])
        #expect(matrix.transposed.transposed == matrix)
    }

    @Test func `adds up`() {
        var sum = matrix
        sum += matrix.transposed
        #expect(sum.rows == [[2, 6, 10], [6, 10, 14], [10, 14, 18]])
        sum[Rank(0), Rank(2)] = 0
        #expect(sum.total == 80)
    }

    @Test func `is told apart by how far it goes`() {
        let layout = RankLayout(
            nodes: 2,
            npusPerNode: 2,
            parallel: ParallelDegrees(tp: 1, ep: 4, dp: 1),
            experts: 4
        )
        let matrix = TrafficMatrix(
            rows: [[1, 10, 100, 100], [10, 1, 100, 100], [100, 100, 1, 10], [0, 0, 0, 1]]
        )
        let reach = matrix.reach(layout)
        #expect(reach.local == 4)
        #expect(reach.intraNode == 30)
        #expect(reach.interNode == 600)
        #expect(reach.local + reach.intraNode + reach.interNode == matrix.total)
    }

    @Test func `of no ranks is empty`() {
        #expect(TrafficMatrix(rows: []).total == 0)
        #expect(TrafficMatrix(size: 3).total == 0)
    }

    @Test func `with a ragged row stops the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = TrafficMatrix(rows: [[1, 2], [3]])
        }
    }

    @Test func `is read from text as it is written`() throws {
        let text = "# bytes\n0 1\t2\r\n\n3 0 4\n5 6 0\n"
        let matrix = try TrafficMatrix(text: text, file: "m.txt", world: 3)
        #expect(matrix.rows == [[0, 1, 2], [3, 0, 4], [5, 6, 0]])
        let again = TrafficMatrix.text(matrix.rows)
        #expect(try TrafficMatrix(text: again, file: "m.txt", world: 3) == matrix)
    }

    @Test(arguments: [
        ("0 1\n\n2 x\n", "m.txt:3: x, expected bytes, 0 to 2^40"),
        ("0 -1\n2 3\n", "m.txt:1: -1, expected bytes, 0 to 2^40"),
        ("0 1\n2 3 4\n", "m.txt:2: 3 columns, expected 2, one for each rank"),
        ("0 1\n", "m.txt: 1 rows, expected 2, one for each rank"),
        ("", "m.txt: 0 rows, expected 2, one for each rank"),
    ])
    func `says where a text is no matrix`(text: String, message: String) {
        #expect(throws: MatrixTextProblem(description: message)) {
            try TrafficMatrix(text: text, file: "m.txt", world: 2)
        }
    }
}
