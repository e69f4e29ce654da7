import ClusterModel
import Routing
import Testing

@Suite struct `Affinities of GrAP` {
    static let shapes = [(1, 5), (3, 6), (8, 64), (16, 384), (24, 24)]

    @Test(arguments: shapes, [1, 2, 3] as [UInt64])
    func `squares sum to at most 1`(shape: (Int, Int), seed: UInt64) throws {
        let gate = try #require(GroupedAveragePooling(experts: shape.0, width: shape.1))
        let batch = Samples.batch(count: 20, width: shape.1, seed: seed)
        let affinities = gate.affinities(of: batch)
        for token in 0..<batch.count {
            let squares = affinities.row(token).reduce(0) { $0 + $1 * $1 }
            #expect(squares <= 1 + 1e-12)
        }
    }

    @Test(arguments: shapes, [4, 5] as [UInt64])
    func `scaling a token changes nothing`(shape: (Int, Int), seed: UInt64) throws {
        let gate = try #require(GroupedAveragePooling(experts: shape.0, width: shape.1))
        let batch = Samples.batch(count: 20, width: shape.1, seed: seed)
        // A power of two: exact in Float, so any difference is the gate's.
        let scaled = TokenBatch(width: batch.width, features: batch.features.map { $0 * 8 })
        #expect(gate.affinities(of: batch) == gate.affinities(of: scaled))
    }

    @Test(arguments: shapes)
    func `a gating vector has affinity 1 with its own expert and 0 with others`(
        shape: (Int, Int)
    ) throws {
        let gate = try #require(GroupedAveragePooling(experts: shape.0, width: shape.1))
        for expert in 0..<shape.0 {
            let token = TokenBatch(
                width: shape.1,
                features: gate.vector(of: ExpertIndex(expert))
            )
            for (i, affinity) in gate.affinities(of: token).row(0).enumerated() {
                #expect(abs(affinity - (i == expert ? 1 : 0)) < 1e-12)
            }
        }
    }

    @Test(arguments: shapes, [6, 7] as [UInt64])
    func `the best affinity is that of the largest slice mean`(
        shape: (Int, Int),
        seed: UInt64
    ) throws {
        let gate = try #require(GroupedAveragePooling(experts: shape.0, width: shape.1))
        let batch = Samples.batch(count: 50, width: shape.1, seed: seed)
        let (allMeans, allAffinities) = (gate.means(of: batch), gate.affinities(of: batch))
        for token in 0..<batch.count {
            let means = Array(allMeans.row(token))
            let affinities = Array(allAffinities.row(token))
            #expect(
                means.firstIndex(of: means.max()!) == affinities.firstIndex(of: affinities.max()!)
            )
        }
    }

    @Test func `a zero token has affinity 0 with every expert`() throws {
        let gate = try #require(GroupedAveragePooling(experts: 4, width: 8))
        let zero = TokenBatch(width: 8, features: [Float](repeating: 0, count: 8))
        #expect(gate.affinities(of: zero).values == [0, 0, 0, 0])
    }

    @Test(arguments: [(4, 4 * 129), (3, 3 * 71), (16, 384), (2, 14), (1, 40)])
    func `are those of plain sums, whatever the slice`(shape: (Int, Int)) throws {
        let gate = try #require(GroupedAveragePooling(experts: shape.0, width: shape.1))
        let batch = Samples.batch(count: 5, width: shape.1, seed: 8)
        let affinities = gate.affinities(of: batch)
        for token in 0..<batch.count {
            let row = batch.row(token).map(Double.init)
            let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for expert in 0..<shape.0 {
                let slice = row[expert * gate.slice..<(expert + 1) * gate.slice]
                let cosine = slice.reduce(0, +) / (Double(gate.slice).squareRoot() * norm)
                #expect(abs(affinities[token, expert] - cosine) < 1e-12)
            }
        }
    }

    @Test func `experts that do not divide the width make no gate`() {
        #expect(GroupedAveragePooling(experts: 10, width: 384) == nil)
        #expect(GroupedAveragePooling(experts: 0, width: 384) == nil)
    }
}

@Suite struct `A dense gate` {
    @Test func `multiplies rows with the token`() {
        let gate = DenseGate(experts: 2, width: 3, weights: [1, 2, 3, -1, 0, 0.5])
        let batch = TokenBatch(width: 3, features: [1, 10, 100, 1, 0, 2])
        #expect(gate.logits(of: batch).values == [321, 49, 7, 0])
    }

    @Test func `starts with the same weights for the same seed, of spread 1 over root d`() {
        let gate = DenseGate(experts: 64, width: 400, seed: 7)
        #expect(gate == DenseGate(experts: 64, width: 400, seed: 7))
        #expect(gate != DenseGate(experts: 64, width: 400, seed: 8))
        let squares = gate.weights.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(squares / 64 - 1) < 0.05)
    }
}
