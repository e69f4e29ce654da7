import CLibuv

/// What a connection brings bytes to.
///
/// The target says where the next bytes go, so that payload is read into its place at once; the
/// memory must stay valid until `received` or `ended` is called.
public protocol ReceiveTarget: AnyObject {
    func nextBuffer() -> UnsafeMutableRawBufferPointer
    func received(_ count: Int)
    /// The connection ended; in good order if `error.isEndOfStream`.
    func ended(_ error: LoopError)
}

/// One TCP connection.
public final class Connection: Handle {
    private var target: (any ReceiveTarget)?
    private var onConnect: ((LoopError?) -> Void)?

    public init(on loop: Loop) throws(LoopError) {
        try super.init(UV_TCP, "uv_tcp_init") {
            uv_tcp_init(loop.raw, $0.assumingMemoryBound(to: uv_tcp_t.self))
        }
    }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        memory.assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Small frames must not wait for each other (Nagle).
    func configure() {
        uv_tcp_nodelay(memory.assumingMemoryBound(to: uv_tcp_t.self), 1)
    }

    /// Connects; `onConnect` is called once, with the error if there was one.
    public func connect(
        to address: SocketAddress,
        _ onConnect: @escaping (LoopError?) -> Void
    ) throws(LoopError) {
        self.onConnect = onConnect
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        let tcp = memory.assumingMemoryBound(to: uv_tcp_t.self)
        let code = try address.withRaw { (raw) throws(LoopError) in
            uv_tcp_connect(request, tcp, raw) { request, status in
                guard let request else { return }
                let connection = Connection.of(UnsafeMutableRawPointer(request.pointee.handle))
                request.deallocate()
                connection.connected(status)
            }
        }
        guard code >= 0 else {
            request.deallocate()
            throw LoopError(operation: "uv_tcp_connect \(address)", code: code)
        }
    }

    private func connected(_ status: Int32) {
        let notify = onConnect
        onConnect = nil
        if status >= 0 { configure() }
        notify?(status < 0 ? LoopError(operation: "uv_tcp_connect", code: status) : nil)
    }

    /// Reads into what `target` offers until the connection ends or is closed.
    public func read(into target: any ReceiveTarget) throws(LoopError) {
        self.target = target
        let code = uv_read_start(
            stream,
            { handle, _, buffer in
                guard let handle, let buffer else { return }
                let connection = Connection.of(UnsafeMutableRawPointer(handle))
                let space = connection.target?.nextBuffer()
                buffer.pointee.base = space?.baseAddress?.assumingMemoryBound(to: CChar.self)
                buffer.pointee.len = space?.count ?? 0
            },
            { handle, count, _ in
                guard let handle else { return }
                Connection.of(UnsafeMutableRawPointer(handle)).didRead(count)
            }
        )
        try check("uv_read_start", code)
    }

    /// Brings what comes from now on to another target.
    public func retarget(to target: any ReceiveTarget) { self.target = target }

    private func didRead(_ count: Int) {
        guard !isClosing, let target else { return }
        if count > 0 {
            target.received(count)
        } else if count < 0 {
            target.ended(LoopError(operation: "read", code: Int32(count)))
        }
    }

    /// Bytes handed over that the kernel has not taken yet.
    public var queuedBytes: Int { uv_stream_get_write_queue_size(stream) }

    /// Sends bytes of its own.
    public func write(_ bytes: [UInt8]) {
        write(head: bytes, body: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
    }

    /// Sends a head and a body as one write.
    ///
    /// The body is not copied: `owner` keeps its memory alive until the kernel has taken it. On a
    /// closed connection it is lost, and the target hears of the end.
    public func write(head: [UInt8], body: UnsafeRawBufferPointer, owner: AnyObject?) {
        guard !isClosing else { return }
        let taken = tryWrite(head, body)
        guard taken < head.count + body.count else { return }
        WriteRequest(head: head, body: body, owner: owner).submit(on: stream, skipping: taken)
    }

    /// What the kernel takes at once; 0 while earlier bytes wait.
    private func tryWrite(_ head: [UInt8], _ body: UnsafeRawBufferPointer) -> Int {
        guard queuedBytes == 0 else { return 0 }
        return head.withUnsafeBytes { headBytes in
            var buffers = (uv_buf_t(headBytes), uv_buf_t(body))
            return withUnsafeMutableBytes(of: &buffers) { raw in
                let pointer = raw.assumingMemoryBound(to: uv_buf_t.self).baseAddress
                return max(0, Int(uv_try_write(stream, pointer, body.isEmpty ? 1 : 2)))
            }
        }
    }

    override func didClose() {
        target = nil
        let notify = onConnect
        onConnect = nil
        notify?(LoopError(operation: "uv_tcp_connect", code: Int32(UV_ECANCELED.rawValue)))
    }
}

extension uv_buf_t {
    init(_ bytes: UnsafeRawBufferPointer) {
        let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        self.init(base: base?.assumingMemoryBound(to: CChar.self), len: bytes.count)
    }
}
