// Memory that an exchange needed on an emulated NPU.

/// Memory of the emulated NPU.
public struct MemoryBytes: Codable, Sendable, Equatable {
    /// Send and receive buffers of the exchanges, the rank and step that needed most.
    public var exchangePeak: Int

    public init(exchangePeak: Int) { self.exchangePeak = exchangePeak }
}
