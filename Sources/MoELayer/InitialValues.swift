import ClusterModel
import Glibc

/// Parameters before training, from a seed and a name: a part's values do not depend on which
/// other parts a model has, so the same seed starts every router from the same model.
struct InitialValues {
    var seed: UInt64

    /// Uniform in [-bound, bound).
    func uniform(_ name: String, rows: Int, columns: Int, bound: Double) -> Matrix {
        var random = stream(name)
        return Matrix(
            rows: rows,
            columns: columns,
            values: (0..<rows * columns).map { _ in
                Float(bound * (2 * random.nextUnit() - 1))
            }
        )
    }

    /// Gaussian (Box and Muller, 1958).
    func gaussian(_ name: String, rows: Int, columns: Int, deviation: Double) -> Matrix {
        var random = stream(name)
        return Matrix(
            rows: rows,
            columns: columns,
            values: (0..<rows * columns).map { _ in
                let radius = (-2 * log(1 - random.nextUnit())).squareRoot()
                return Float(deviation * radius * cos(2 * Double.pi * random.nextUnit()))
            }
        )
    }

    private func stream(_ name: String) -> SeededRandom {
        // FNV-1a: a label for the stream, nothing more.
        let label = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
        return SeededRandom(seed: seed, 0x4C41_5945_52, label)
    }
}
