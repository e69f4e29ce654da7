/// The header of a .npy file: element type, shape and where the data starts.
///
/// A strict reader of what numpy.save writes, versions 1.0 to 3.0. It takes bytes from anywhere,
/// so it never traps: every bound is checked and every refusal is a `NumpyError`.
/// Source: NEP 1, "A Simple File Format for NumPy Arrays".
public struct NumpyHeader: Hashable, Sendable {
    /// The most bytes a header's dictionary may have; NumPy's own fit in 128 unless structured.
    public static let dictionaryLimit = 65_536
    /// The most bytes of a file that parsing looks at.
    public static let prefixLimit = 12 + dictionaryLimit

    public let element: NumpyElement
    public let shape: [Int]
    /// The offset of the first element in the file.
    public let dataOffset: Int
    /// Elements, the product of the shape.
    public let count: Int

    /// Bytes of a whole file with this header.
    public var fileBytes: Int { dataOffset + count * element.bytes }

    /// Parses the first bytes of a file: all of it, or at least `prefixLimit` of them.
    public init(parsing bytes: [UInt8]) throws(NumpyError) {
        let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
        guard bytes.prefix(6).elementsEqual(magic.prefix(bytes.count)) else { throw .notNumpy }
        guard bytes.count >= 8 else { throw .tooShort(seen: bytes.count, needed: 10) }
        let major = Int(bytes[6])
        guard (1...3).contains(major), bytes[7] == 0 else {
            throw .unknownVersion(major: major, minor: Int(bytes[7]))
        }
        let start = major == 1 ? 10 : 12
        guard bytes.count >= start else { throw .tooShort(seen: bytes.count, needed: start) }
        let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.dictionaryLimit else {
            throw .headerTooLong(seen: length, limit: Self.dictionaryLimit)
        }
        guard bytes.count >= start + length else {
            throw .tooShort(seen: bytes.count, needed: start + length)
        }
        var reader = NumpyDictionaryReader(bytes[start..<start + length])
        let fields = try reader.read()
        dataOffset = start + length
        element = try Self.element(fields.descr)
        shape = fields.shape
        guard !fields.fortranOrder || shape.count < 2 else { throw .fortranOrder }
        count = try Self.count(shape, element: element, dataOffset: dataOffset)
    }

    private static func element(_ descr: String) throws(NumpyError) -> NumpyElement {
        if descr.hasPrefix(">") { throw .bigEndian(descr: descr) }
        // Bytes have no order: NumPy writes '|u1'. Others carry '<' on every machine it runs on.
        let order: Character = descr.hasSuffix("1") ? "|" : "<"
        guard descr.first == order, let element = NumpyElement(rawValue: String(descr.dropFirst()))
        else { throw .unsupportedType(descr: descr) }
        return element
    }

    /// Checks that the whole file's size fits an Int.
    private static func count(
        _ shape: [Int],
        element: NumpyElement,
        dataOffset: Int
    ) throws(NumpyError) -> Int {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .tooManyElements }
            count = product
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: element.bytes)
        guard !overflow, !bytes.addingReportingOverflow(dataOffset).overflow else {
            throw .tooManyElements
        }
        return count
    }
}
