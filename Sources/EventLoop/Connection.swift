import CLibuv
import Glibc

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

/// One connection: of TCP, or of a socket file.
public final class Connection: Handle {
    private var target: (any ReceiveTarget)?
    private var onConnect: ((LoopError?) -> Void)?
    private let isLocal: Bool

    public init(on loop: Loop) throws(LoopError) {
        isLocal = false
        unsafe try super.init(UV_TCP, "uv_tcp_init") {
            unsafe uv_tcp_init(loop.raw, $0.assumingMemoryBound(to: uv_tcp_t.self))
        }
    }

    /// One that a listener takes at a socket file.
    init(localOn loop: Loop) throws(LoopError) {
        isLocal = true
        unsafe try super.init(UV_NAMED_PIPE, "uv_pipe_init") {
            unsafe uv_pipe_init(loop.raw, $0.assumingMemoryBound(to: uv_pipe_t.self), 0)
        }
    }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe memory.assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Small frames must not wait for each other (Nagle).
    func configure() {
        guard !isLocal else { return }
        unsafe uv_tcp_nodelay(memory.assumingMemoryBound(to: uv_tcp_t.self), 1)
    }

    /// Connects; `onConnect` is called once, with the error if there was one.
    public func connect(
        to address: SocketAddress,
        _ onConnect: @escaping (LoopError?) -> Void
    ) throws(LoopError) {
        self.onConnect = onConnect
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        let tcp = unsafe memory.assumingMemoryBound(to: uv_tcp_t.self)
        let code = try unsafe address.withRaw { (raw) throws(LoopError) in
            unsafe uv_tcp_connect(request, tcp, raw) { request, status in
                guard let request = unsafe request else { return }
                let connection = unsafe Connection.of(
                    UnsafeMutableRawPointer(request.pointee.handle)
                )
                unsafe request.deallocate()
                connection.connected(status)
            }
        }
        guard code >= 0 else {
            unsafe request.deallocate()
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
        let code = unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                guard let handle = unsafe handle, let buffer = unsafe buffer else { return }
                let connection = unsafe Connection.of(UnsafeMutableRawPointer(handle))
                let space = unsafe connection.target?.nextBuffer()
                unsafe buffer.pointee.base = unsafe space?.baseAddress?.assumingMemoryBound(
                    to: CChar.self
                )
                unsafe buffer.pointee.len = unsafe space?.count ?? 0
            },
            { handle, count, _ in
                guard let handle = unsafe handle else { return }
                unsafe Connection.of(UnsafeMutableRawPointer(handle)).didRead(count)
            }
        )
        try check("uv_read_start", code)
    }

    /// Brings what comes from now on to another target.
    public func retarget(to target: any ReceiveTarget) { self.target = target }

    /// Reads what has come by now, once, without waiting for the loop to find out.
    ///
    /// That the connection has ended the loop will tell.
    public func readNow() {
        guard !isClosing, let target else { return }
        var descriptor: uv_os_fd_t = -1
        guard unsafe uv_fileno(asHandle, &descriptor) == 0 else { return }
        let space = unsafe target.nextBuffer()
        let count = unsafe receiveNow(descriptor, space)
        if count > 0 { target.received(count) }
    }

    private func didRead(_ count: Int) {
        guard !isClosing, let target else { return }
        if count > 0 {
            target.received(count)
        } else if count < 0 {
            target.ended(LoopError(operation: "read", code: Int32(count)))
        }
    }

    /// Ends both ways of it under everybody who uses it: each side reads its end.
    public func cut() {
        var descriptor: uv_os_fd_t = -1
        guard !isClosing,
            unsafe uv_fileno(memory.assumingMemoryBound(to: uv_handle_t.self), &descriptor) == 0
        else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: Writing

    /// Bytes handed over that the kernel has not taken yet.
    public var queuedBytes: Int { unsafe uv_stream_get_write_queue_size(stream) }

    /// Called when the kernel has taken all bytes, if they had to wait or were enqueued.
    public var onDrained: (() -> Void)?

    /// Sends bytes, which are copied if they have to wait.
    public func write(_ bytes: [UInt8]) {
        guard !isClosing, !bytes.isEmpty else { return }
        let taken = unsafe bytes.withUnsafeBytes { raw in
            var buffer = unsafe uv_buf_t(raw)
            return unsafe tryWrite(&buffer, 1)
        }
        guard taken < bytes.count else { return }
        let rest = WrittenBytes(bytes[taken...])
        var batch = WriteBatch()
        unsafe batch.append(rest.memory)
        unsafe WriteRequest.submit(batch, on: stream, owner: rest)
    }

    /// Sends a batch as one write, without copying it.
    ///
    /// `owner` keeps its memory until the kernel has taken it. On a closed connection it is lost,
    /// and the target hears of the end.
    ///
    /// - Returns: whether all was taken at once; if not, `onDrained` tells when.
    @discardableResult
    public func write(_ batch: WriteBatch, owner: AnyObject?) -> Bool {
        guard !isClosing, !batch.isEmpty else { return true }
        let taken = unsafe batch.buffers.withUnsafeBufferPointer {
            unsafe tryWrite($0.baseAddress, $0.count)
        }
        guard taken < batch.byteCount else { return true }
        var rest = batch
        rest.removeFirst(taken)
        unsafe WriteRequest.submit(rest, on: stream, owner: owner)
        return false
    }

    /// Sends a batch as `write` does, but is done with it in a later turn of the loop at the
    /// earliest, when `onDrained` tells: what has come can be read first.
    public func enqueue(_ batch: WriteBatch, owner: AnyObject?) {
        guard !isClosing, !batch.isEmpty else { return }
        unsafe WriteRequest.submit(batch, on: stream, owner: owner)
    }

    /// What the kernel takes at once; 0 while earlier bytes wait.
    private func tryWrite(_ buffers: UnsafePointer<uv_buf_t>?, _ count: Int) -> Int {
        guard queuedBytes == 0 else { return 0 }
        return unsafe max(0, Int(uv_try_write(stream, buffers, UInt32(count))))
    }

    func didWrite() {
        guard !isClosing, queuedBytes == 0 else { return }
        onDrained?()
    }

    /// Closes with a reset: what was not sent is lost, and the peer's next call fails.
    public func reset() {
        guard !isClosing else { return }
        var descriptor: Int32 = -1
        if unsafe uv_fileno(asHandle, &descriptor) == 0 { resetOnClose(descriptor) }
        close()
    }

    override func didClose() {
        target = nil
        onDrained = nil
        let notify = onConnect
        onConnect = nil
        notify?(LoopError(operation: "uv_tcp_connect", code: Int32(UV_ECANCELED.rawValue)))
    }
}
