import CLibuv

/// An IPv4 address and a port.
public struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// This machine, reachable from itself only; port 0 asks for a free one.
    public static func loopback(port: Int) -> SocketAddress {
        SocketAddress(host: "127.0.0.1", port: port)
    }

    /// Reads "127.0.0.1:4711".
    public init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]), (0...65535).contains(port) else {
            return nil
        }
        self.init(host: String(parts[0]), port: port)
    }

    public var description: String { "\(host):\(port)" }

    func withRaw<Result>(
        _ body: (UnsafePointer<sockaddr>) throws(LoopError) -> Result
    ) throws(LoopError) -> Result {
        var raw = sockaddr_in()
        try check("uv_ip4_addr \(host)", unsafe uv_ip4_addr(host, Int32(port), &raw))
        // A pointer into a local is good for the length of the call.
        let box = UnsafeMutablePointer<sockaddr_in>.allocate(capacity: 1)
        defer { unsafe box.deallocate() }
        unsafe box.initialize(to: raw)
        return try unsafe body(UnsafeRawPointer(box).assumingMemoryBound(to: sockaddr.self))
    }
}
