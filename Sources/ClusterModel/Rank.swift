// The three kinds of index of a cluster. Each is a type of its own, so that the number of an NPU
// never stands where the number of a server or of an expert is meant.

/// The number of an emulated NPU, counted over the whole cluster from 0.
public struct Rank: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public static func < (a: Rank, b: Rank) -> Bool { a.index < b.index }
    public var description: String { "\(index)" }
}

/// The number of a server, counted from 0.
public struct NodeIndex: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public static func < (a: NodeIndex, b: NodeIndex) -> Bool { a.index < b.index }
    public var description: String { "\(index)" }
}

/// The number of an expert, counted from 0 within one MoE layer.
public struct ExpertIndex: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public static func < (a: ExpertIndex, b: ExpertIndex) -> Bool { a.index < b.index }
    public var description: String { "\(index)" }
}
