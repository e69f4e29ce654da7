/// A number of bytes.
public struct ByteCount: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let value: Int

    @inlinable public init(_ value: Int) { self.value = value }

    public static let zero = ByteCount(0)

    @inlinable public static func < (a: ByteCount, b: ByteCount) -> Bool { a.value < b.value }
    @inlinable public static func + (a: ByteCount, b: ByteCount) -> ByteCount {
        ByteCount(a.value + b.value)
    }
    @inlinable public static func - (a: ByteCount, b: ByteCount) -> ByteCount {
        ByteCount(a.value - b.value)
    }
    @inlinable public static func += (a: inout ByteCount, b: ByteCount) { a = a + b }
    @inlinable public static func * (a: ByteCount, b: Int) -> ByteCount { ByteCount(a.value * b) }

    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    public var description: String { "\(value) B" }
}
