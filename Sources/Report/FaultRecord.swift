// One injected fault.

/// Left for fault injection.
public struct FaultRecord: Codable, Sendable, Equatable {
    public var id: Int
    public var kind: String
}
