import CBLAS
import ClusterModel

/// Matrix products through BLAS, on one thread: threads would change the order of sums.
///
/// Equal operands of equal shapes give equal bits; the same row in a taller matrix may not. So
/// whoever wants to compare bits has to multiply the same matrices, as ranks of a cluster do.
/// Source: https://www.netlib.org/blas/#_cblas, sgemm.
enum Product {
    /// Set before the first product, once a process.
    private static let isOnOneThread: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// `a b`: [m x k] [k x n].
    static func of(_ a: Matrix, _ b: Matrix) -> Matrix {
        invariant(a.columns == b.rows, "\(a.rows) x \(a.columns) times \(b.rows) x \(b.columns)")
        var c = Matrix(rows: a.rows, columns: b.columns)
        accumulate(
            &c,
            a,
            CblasNoTrans,
            b,
            CblasNoTrans,
            inner: a.columns
        )
        return c
    }

    /// `a bᵀ`: [m x k] [n x k].
    static func ofTransposed(_ a: Matrix, _ b: Matrix) -> Matrix {
        invariant(
            a.columns == b.columns,
            "\(a.rows) x \(a.columns) times the transpose of \(b.rows) x \(b.columns)"
        )
        var c = Matrix(rows: a.rows, columns: b.rows)
        accumulate(&c, a, CblasNoTrans, b, CblasTrans, inner: a.columns)
        return c
    }

    /// `c += aᵀ b`: [m x k]ᵀ [m x n] into [k x n].
    static func addTransposed(_ a: Matrix, _ b: Matrix, to c: inout Matrix) {
        invariant(
            a.rows == b.rows && c.rows == a.columns && c.columns == b.columns,
            "the transpose of \(a.rows) x \(a.columns) times \(b.rows) x \(b.columns) "
                + "into \(c.rows) x \(c.columns)"
        )
        accumulate(&c, a, CblasTrans, b, CblasNoTrans, inner: a.rows)
    }

    private static func accumulate(
        _ c: inout Matrix,
        _ a: Matrix,
        _ transposeA: CBLAS_TRANSPOSE,
        _ b: Matrix,
        _ transposeB: CBLAS_TRANSPOSE,
        inner: Int
    ) {
        let (rows, columns) = (c.rows, c.columns)
        guard isOnOneThread, rows > 0, columns > 0, inner > 0 else { return }
        c.values.withUnsafeMutableBufferPointer { c in
            a.values.withUnsafeBufferPointer { left in
                b.values.withUnsafeBufferPointer { right in
                    cblas_sgemm(
                        CblasRowMajor,
                        transposeA,
                        transposeB,
                        blasint(rows),
                        blasint(columns),
                        blasint(inner),
                        1,
                        left.baseAddress,
                        blasint(a.columns),
                        right.baseAddress,
                        blasint(b.columns),
                        1,
                        c.baseAddress,
                        blasint(columns)
                    )
                }
            }
        }
    }
}
