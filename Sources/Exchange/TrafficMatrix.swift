import ClusterModel

/// Bytes from each rank (row) to each rank (column) in one exchange; the diagonal stays local.
public struct TrafficMatrix: Sendable, Equatable, Codable {
    public let size: Int
    private var cells: [Int]

    /// All zero.
    public init(size: Int) {
        self.size = size
        cells = Array(repeating: 0, count: size * size)
    }

    /// `rows` must be square.
    public init(rows: [[Int]]) {
        self.init(size: rows.count)
        for (i, row) in rows.enumerated() {
            invariant(row.count == size, "row \(i) has \(row.count) columns, \(size) expected")
            for (j, bytes) in row.enumerated() { cells[i * size + j] = bytes }
        }
    }

    public subscript(from: Rank, to: Rank) -> Int {
        get { cells[from.index * size + to.index] }
        set { cells[from.index * size + to.index] = newValue }
    }

    public func row(_ rank: Rank) -> [Int] {
        Array(cells[rank.index * size..<(rank.index + 1) * size])
    }

    public func column(_ rank: Rank) -> [Int] {
        (0..<size).map { cells[$0 * size + rank.index] }
    }

    public var rows: [[Int]] { (0..<size).map { row(Rank($0)) } }

    public var transposed: TrafficMatrix {
        TrafficMatrix(rows: (0..<size).map { column(Rank($0)) })
    }

    /// Each cell on its own.
    func map(_ body: (Int) -> Int) -> TrafficMatrix {
        var result = self
        for index in cells.indices { result.cells[index] = body(cells[index]) }
        return result
    }

    /// All bytes, the diagonal included.
    public var total: Int { cells.reduce(0, +) }

    /// Bytes that stay on their rank, stay on their node, and cross nodes.
    public func reach(_ layout: RankLayout) -> (local: Int, intraNode: Int, interNode: Int) {
        var local = 0
        var intra = 0
        var inter = 0
        for from in layout.ranks {
            for to in layout.ranks {
                let bytes = self[from, to]
                if from == to {
                    local += bytes
                } else if layout.areOnOneNode(from, to) {
                    intra += bytes
                } else {
                    inter += bytes
                }
            }
        }
        return (local, intra, inter)
    }

    public static func += (a: inout TrafficMatrix, b: TrafficMatrix) {
        invariant(a.size == b.size, "matrices of \(a.size) and \(b.size) ranks cannot be added")
        for i in a.cells.indices { a.cells[i] += b.cells[i] }
    }
}
