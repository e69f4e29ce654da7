/// A mapped matrix of float16 or float32, [rows x width]: token features or gate weights.
public struct FeatureMatrix: Sendable {
    private let array: MappedArray

    public var path: String { array.path }
    public var element: NumpyElement { array.element }
    public var rows: Int { array.shape[0] }
    public var width: Int { array.shape[1] }

    /// Opens a .npy file of shape [rows, width], both above 0.
    public static func open(_ path: String) throws(TokenDataError) -> FeatureMatrix {
        let array = try MappedArray.open(path)
        try array.check(
            elements: [.float16, .float32],
            dimensions: 2,
            meaning: "[rows, width]"
        )
        return FeatureMatrix(array: array)
    }

    private init(array: MappedArray) { self.array = array }

    /// Refuses infinities and NaNs, which no router can rank; touches every page of the file.
    public func checkFinite() throws(TokenDataError) {
        for row in 0..<rows {
            guard let column = firstNonFinite(in: row) else { continue }
            // Not the value itself, which spells out the payload of a signalling NaN.
            let seen = floats(row)[column].isNaN ? "NaN" : "an infinity"
            throw TokenDataError(
                file: path,
                problem: "holds \(seen) at row \(row), column \(column), expected "
                    + "finite numbers: try numpy.nan_to_num"
            )
        }
    }

    /// One row as Float, [width]; float16 converts exactly.
    public func floats(_ row: Int) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(width)
        append(row, to: &result)
        return result
    }

    /// The whole matrix as Float, [rows x width].
    public func allFloats() -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(rows * width)
        for row in 0..<rows { append(row, to: &result) }
        return result
    }

    /// Appends one row as Float.
    func append(_ row: Int, to result: inout [Float]) {
        withRow(row) { bytes in
            switch element {
            case .float16:
                for i in 0..<width { result.append(HalfPrecision.float(bytes.half(i))) }
            default:
                for i in 0..<width { result.append(Float(bitPattern: bytes.word(i))) }
            }
        }
    }

    private func firstNonFinite(in row: Int) -> Int? {
        withRow(row) { bytes in
            switch element {
            case .float16: (0..<width).first { !HalfPrecision.isFinite(bytes.half($0)) }
            default: (0..<width).first { !Float(bitPattern: bytes.word($0)).isFinite }
            }
        }
    }

    private func withRow<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        array.withBytes(of: row * width..<(row + 1) * width, body)
    }
}

extension UnsafeRawBufferPointer {
    /// The i-th element of 2 bytes; the start need not be aligned.
    func half(_ index: Int) -> UInt16 {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
    }

    /// The i-th element of 4 bytes.
    func word(_ index: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }
}
