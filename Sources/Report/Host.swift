// The machine a run was measured on, as results.json names it.

/// The machine a run was measured on.
public struct Host: Codable, Sendable, Equatable {
    public var cores: Int
    /// Bytes.
    public var memory: Int
    public var kernel: String
    /// Bytes a second through loopback sockets, all cores together; 0 in a simulation.
    public var loopbackBytesPerSecond: Double

    /// Whose kernels BLAS multiplied with, where anything was learned: bits depend on it.
    public var products: String?

    public init(
        cores: Int,
        memory: Int,
        kernel: String,
        loopbackBytesPerSecond: Double,
        products: String? = nil
    ) {
        self.cores = cores
        self.memory = memory
        self.kernel = kernel
        self.loopbackBytesPerSecond = loopbackBytesPerSecond
        self.products = products
    }
}
