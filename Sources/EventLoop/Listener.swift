import CLibuv
import Glibc

/// Accepts TCP connections on one address, or those of this machine at a socket file.
public final class Listener: Handle {
    /// Connections the kernel keeps until they are accepted: a whole mesh may knock at once.
    public static let backlog: Int32 = 1024

    private let loop: Loop
    private var onConnection: ((Connection) -> Void)?
    /// Called when a connection could not be taken.
    ///
    /// Without a descriptor left none can be taken any more: the listener closes then, because
    /// libuv would offer the same one for ever.
    public var onTrouble: ((LoopError) -> Void)?
    public private(set) var port = 0
    private let isLocal: Bool

    /// Binds and listens; port 0 takes a free one, told by `port`.
    public init(
        on loop: Loop,
        at address: SocketAddress,
        _ onConnection: @escaping (Connection) -> Void
    ) throws(LoopError) {
        self.loop = loop
        self.onConnection = onConnection
        isLocal = false
        unsafe try super.init(UV_TCP, "uv_tcp_init") {
            unsafe uv_tcp_init(loop.raw, $0.assumingMemoryBound(to: uv_tcp_t.self))
        }
        do {
            try bindAndListen(at: address)
        } catch {
            close()
            throw error
        }
    }

    /// The most bytes of a socket file's path: `sun_path` has 108 with the zero.
    static let pathMax = 107

    /// Listens at a socket file that only this user may open; closing removes it.
    ///
    /// - Throws: when something is at `path`, or the path is too long for a socket.
    public init(
        on loop: Loop,
        atPath path: String,
        _ onConnection: @escaping (Connection) -> Void
    ) throws(LoopError) {
        self.loop = loop
        self.onConnection = onConnection
        isLocal = true
        guard path.utf8.count <= Self.pathMax else {
            throw LoopError(operation: "bind \(path)", code: UV_ENAMETOOLONG.rawValue)
        }
        unsafe try super.init(UV_NAMED_PIPE, "uv_pipe_init") {
            unsafe uv_pipe_init(loop.raw, $0.assumingMemoryBound(to: uv_pipe_t.self), 0)
        }
        do throws(LoopError) {
            let pipe = unsafe memory.assumingMemoryBound(to: uv_pipe_t.self)
            try check("uv_pipe_bind \(path)", unsafe uv_pipe_bind(pipe, path))
            // Before it listens: until then nobody can connect.
            guard unsafe chmod(path, 0o600) == 0 else { throw LoopError.system("chmod \(path)") }
            try listen("\(path)")
        } catch {
            close()
            throw error
        }
    }

    private func bindAndListen(at address: SocketAddress) throws(LoopError) {
        let tcp = unsafe memory.assumingMemoryBound(to: uv_tcp_t.self)
        _ = try unsafe address.withRaw { (raw) throws(LoopError) in
            try check("uv_tcp_bind \(address)", unsafe uv_tcp_bind(tcp, raw, 0))
        }
        try listen("\(address)")
        var name = sockaddr_storage()
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        let named = unsafe withUnsafeMutableBytes(of: &name) { bytes in
            unsafe uv_tcp_getsockname(
                tcp,
                bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                &length
            )
        }
        try check("uv_tcp_getsockname", named)
        port = unsafe withUnsafeBytes(of: &name) { bytes in
            unsafe Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    private func listen(_ place: String) throws(LoopError) {
        let stream = unsafe memory.assumingMemoryBound(to: uv_stream_t.self)
        let code = unsafe uv_listen(stream, Self.backlog) { handle, status in
            guard let handle = unsafe handle else { return }
            unsafe Listener.of(UnsafeMutableRawPointer(handle)).accept(status)
        }
        try check("uv_listen \(place)", code)
    }

    private func accept(_ status: Int32) {
        guard !isClosing else { return }
        do throws(LoopError) {
            try check("accept", status)
            let connection = try take()
            connection.configure()
            onConnection?(connection)
        } catch {
            onTrouble?(error)
            if error.isOutOfDescriptors { close() }
        }
    }

    private func take() throws(LoopError) -> Connection {
        let connection = isLocal ? try Connection(localOn: loop) : try Connection(on: loop)
        let stream = unsafe memory.assumingMemoryBound(to: uv_stream_t.self)
        let code = unsafe uv_accept(stream, connection.stream)
        guard code >= 0 else {
            connection.close()
            throw LoopError(operation: "uv_accept", code: code)
        }
        return connection
    }

    override func didClose() { (onConnection, onTrouble) = (nil, nil) }
}
