import ClusterModel

/// A .npy file mapped into memory: a checked header and its elements, read where they lie.
public struct MappedArray: Sendable {
    public let path: String
    public let header: NumpyHeader
    private let file: MappedFile

    public var element: NumpyElement { header.element }
    public var shape: [Int] { header.shape }

    /// Opens a file whose size is exactly what its header promises.
    public static func open(_ path: String) throws(TokenDataError) -> MappedArray {
        let file = try MappedFile(path)
        let header: NumpyHeader
        do {
            header = try NumpyHeader(parsing: Array(file.bytes.prefix(NumpyHeader.prefixLimit)))
        } catch {
            throw TokenDataError(file: path, problem: error.description)
        }
        let size = file.bytes.count
        guard size == header.fileBytes else {
            throw TokenDataError(
                file: path,
                problem: "has \(size.grouped) bytes, its header promises "
                    + "\(header.fileBytes.grouped): "
                    + (size < header.fileBytes ? "it is cut short, copy it again" : "save it again")
            )
        }
        return MappedArray(path: path, header: header, file: file)
    }

    private init(path: String, header: NumpyHeader, file: MappedFile) {
        self.path = path
        self.header = header
        self.file = file
    }

    /// Refuses other types and numbers of dimensions than expected.
    ///
    /// - Parameters:
    ///   - elements: the types that will do.
    ///   - dimensions: how many.
    ///   - meaning: the shape in words, "[tokens, width]".
    /// - Throws: what the file holds and what was expected.
    func check(
        elements: [NumpyElement],
        dimensions: Int,
        meaning: String
    ) throws(TokenDataError) {
        guard elements.contains(element) else {
            let names = elements.map(\.name).joined(separator: " or ")
            throw TokenDataError(
                file: path,
                problem: "holds \(element.name), expected \(names): try a.astype"
            )
        }
        guard shape.count == dimensions, shape.allSatisfy({ $0 > 0 }) else {
            throw TokenDataError(
                file: path,
                problem: "has the shape \(text(ofShape: shape)), expected \(meaning), none of "
                    + "them 0"
            )
        }
    }

    /// Calls `body` with the bytes of some elements: the pointer must not leave it.
    func withBytes<R>(of range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        invariant(
            range.lowerBound >= 0 && range.upperBound <= header.count,
            "elements \(range) of \(path), which has \(header.count)"
        )
        let start = header.dataOffset + range.lowerBound * element.bytes
        return body(
            UnsafeRawBufferPointer(
                rebasing: file.bytes[start..<start + range.count * element.bytes]
            )
        )
    }
}
