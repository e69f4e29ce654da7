import Testing

@testable import MoELayer

@Suite struct `Parts of the model` {
    @Test func `gelu, against numpy`() {
        let y = GELU.forward(Matrix(rows: 1, columns: 7, values: [-3, -1, -0.1, 0, 0.5, 2, 4]))
        let known = [
            -0.0036373920817729943, -0.15880800939172324, -0.04601724895456484, 0,
            0.34571400982614394, 1.954597694087775, 3.9999297540518075,
        ]
        #expect(zip(y.values, known).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }

    @Test func `layer norm, against numpy`() {
        let x = Matrix(rows: 2, columns: 4, values: [1, 2, 3, 6, -1, 0, 0.5, 2])
        let (y, _) = LayerNorm(width: 4).forward(x)
        let known = [
            -1.0690434404458735, -0.5345217202229368, 0.0, 1.6035651606688102,
            -1.2701651728573338, -0.3464086835065456, 0.11546956116884853, 1.5011042951950309,
        ]
        #expect(zip(y.values, known).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }

    @Test func `the convolution sees the past of its own sequence alone`() {
        let convolution = CausalConvolution(
            InitialValues(seed: 1),
            width: 2,
            taps: 3,
            sequenceLength: 4
        )
        var x = Matrix(rows: 8, columns: 2)
        let still = convolution.forward(x)
        x.values[4 * 2] = 1
        let moved = convolution.forward(x)
        for row in 0..<8 {
            let isTouched = (4...6).contains(row)
            #expect((moved.row(row) != still.row(row)) == isTouched, "row \(row)")
        }
        let weights = (4...6).map { moved.row($0).first! - still.row($0).first! }
        for (tap, weight) in weights.enumerated() {
            #expect(abs(weight - convolution.kernel.row(tap).first!) < 1e-6)
        }
    }

    @Test func `products are those of the definition, in every orientation`() {
        let a = InitialValues(seed: 1).uniform("a", rows: 3, columns: 5, bound: 1)
        let b = InitialValues(seed: 1).uniform("b", rows: 5, columns: 4, bound: 1)
        let product = Product.of(a, b)
        func transposed(_ m: Matrix) -> Matrix {
            Matrix(
                rows: m.columns,
                columns: m.rows,
                values: (0..<m.columns).flatMap { c in
                    (0..<m.rows).map { m.values[$0 * m.columns + c] }
                }
            )
        }
        for row in 0..<3 {
            for column in 0..<4 {
                let sum = (0..<5).reduce(0.0) {
                    $0 + Double(a.values[row * 5 + $1]) * Double(b.values[$1 * 4 + column])
                }
                #expect(abs(Double(product.values[row * 4 + column]) - sum) < 1e-6)
            }
        }
        #expect(close(Product.ofTransposed(a, transposed(b)), product))
        var twice = product
        Product.addTransposed(transposed(a), b, to: &twice)
        #expect(close(twice, Matrix(rows: 3, columns: 4, values: product.values.map { 2 * $0 })))
    }

    private func close(_ a: Matrix, _ b: Matrix) -> Bool {
        zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-6 }
    }

    @Test func `an expert starts the same wherever it lives`() {
        let shape = Trainings.shape(.experts(.dense), layers: 2)
        let all = ExpertBank(shape, experts: 0..<4, seed: 5)
        let two = ExpertBank(shape, experts: 2..<4, seed: 5)
        #expect(all.layers.map { Array($0[2...]) } == two.layers)
        #expect(all.layers[0][0] != all.layers[0][1])
        #expect(all.layers[0][0] != all.layers[1][0])
    }

    @Test func `every router starts from the same model`() {
        let dense = DenseModel(Trainings.shape(.experts(.dense)), seed: 5)
        let fixed = DenseModel(Trainings.shape(.experts(.fixed)), seed: 5)
        #expect(dense.head == fixed.head)
        #expect(dense.block == fixed.block)
        #expect(dense.embedding == fixed.embedding)
        #expect(dense.names.count == fixed.names.count)
    }

    @Test func `parameters go into a flat array and back`() {
        let model = DenseModel(Trainings.shape(.dense, layers: 2), seed: 5)
        var other = DenseModel(Trainings.shape(.dense, layers: 2), seed: 6)
        #expect(other != model)
        other.assign(model.flattened)
        #expect(other == model)
        #expect(model.flattened.count == model.parameterCount)
        #expect(model.zeros.flattened.allSatisfy { $0 == 0 })
    }
}
