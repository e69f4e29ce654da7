/// The element types of .npy files this project reads, all little-endian.
public enum NumpyElement: String, Hashable, Sendable, CaseIterable {
    case float16 = "f2"
    case float32 = "f4"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case int32 = "i4"
    case int64 = "i8"

    /// Bytes of one element.
    public var bytes: Int {
        switch self {
        case .uint8: 1
        case .float16, .uint16: 2
        case .float32, .uint32, .int32: 4
        case .int64: 8
        }
    }

    /// NumPy's name of the type.
    public var name: String {
        switch self {
        case .float16: "float16"
        case .float32: "float32"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .int32: "int32"
        case .int64: "int64"
        }
    }
}
