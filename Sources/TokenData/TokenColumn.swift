/// Files with one whole number a token: vocabulary ids and domains.
public enum TokenColumn {
    /// Token ids, [T], from uint16, uint32, int32 or int64; each must fit 32 bits unsigned.
    public static func tokenIDs(_ path: String) throws(TokenDataError) -> [UInt32] {
        let array = try MappedArray.open(path)
        try array.check(
            elements: [.uint16, .uint32, .int32, .int64],
            dimensions: 1,
            meaning: "[tokens]"
        )
        let values = integers(of: array)
        if let token = values.firstIndex(where: { UInt32(exactly: $0) == nil }) {
            throw TokenDataError(
                file: path,
                problem: "holds \(values[token]) at token \(token), expected an id from 0 to "
                    + "4294967295"
            )
        }
        return values.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// Domains, [T], from uint8.
    public static func domains(_ path: String) throws(TokenDataError) -> [UInt8] {
        let array = try MappedArray.open(path)
        try array.check(elements: [.uint8], dimensions: 1, meaning: "[tokens]")
        return array.withBytes(of: 0..<array.header.count) { Array($0) }
    }

    private static func integers(of array: MappedArray) -> [Int64] {
        let indices = 0..<array.header.count
        return array.withBytes(of: indices) { bytes in
            switch array.element {
            case .uint16: indices.map { Int64(bytes.half($0)) }
            case .int32: indices.map { Int64(Int32(bitPattern: bytes.word($0))) }
            case .int64:
                indices.map {
                    Int64(
                        littleEndian: bytes.loadUnaligned(
                            fromByteOffset: $0 * 8,
                            as: Int64.self
                        )
                    )
                }
            default: indices.map { Int64(bytes.word($0)) }
            }
        }
    }
}
