/// Why a .npy header was refused.
public enum NumpyError: Error, Hashable, Sendable {
    /// Fewer bytes than a header needs.
    case tooShort(seen: Int, needed: Int)
    /// The first six bytes are not `\x93NUMPY`.
    case notNumpy
    case unknownVersion(major: Int, minor: Int)
    /// The header claims more bytes than any real one has.
    case headerTooLong(seen: Int, limit: Int)
    /// Text that is not the dictionary NumPy writes: what stood where.
    case malformed(what: String, offset: Int)
    case bigEndian(descr: String)
    case unsupportedType(descr: String)
    case fortranOrder
    /// The product of the shape does not fit.
    case tooManyElements
}

extension NumpyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooShort(let seen, let needed):
            "has \(seen) bytes, its header needs \(needed): the file is cut short, copy it again"
        case .notNumpy:
            "does not start with \\x93NUMPY: expected a .npy file as numpy.save writes it"
        case .unknownVersion(let major, let minor):
            "is .npy version \(major).\(minor), expected 1.0, 2.0 or 3.0"
        case .headerTooLong(let seen, let limit):
            "claims a header of \(seen) bytes, expected at most \(limit)"
        case .malformed(let what, let offset):
            "has a damaged header: \(what) at byte \(offset); save it again with numpy.save"
        case .bigEndian(let descr):
            "holds big-endian numbers ('\(descr)'), expected little-endian: "
                + "try a.astype(a.dtype.newbyteorder('<'))"
        case .unsupportedType(let descr):
            "holds elements of type '\(descr)', expected one of "
                + NumpyElement.allCases.map(\.name).joined(separator: ", ")
                + ": try a.astype"
        case .fortranOrder:
            "is stored in Fortran order, expected C order: try numpy.ascontiguousarray"
        case .tooManyElements:
            "promises more elements than can be addressed: its header is damaged"
        }
    }
}
