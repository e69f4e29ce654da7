import CLibuv

/// A batch on its way into a socket: keeps its memory until libuv is done with it.
@safe final class WriteRequest {
    private let raw: UnsafeMutablePointer<uv_write_t>
    private var owner: AnyObject?

    /// Queues a batch whose memory `owner` keeps.
    ///
    /// If it cannot be queued it is lost: the reading side of the connection reports what is wrong
    /// with it.
    static func submit(
        _ batch: WriteBatch,
        on stream: UnsafeMutablePointer<uv_stream_t>,
        owner: AnyObject?
    ) {
        let request = WriteRequest(owner: owner)
        let data = unsafe Unmanaged.passRetained(request)
        unsafe request.raw.pointee.data = unsafe data.toOpaque()
        // libuv copies the list of buffers, not what they hold.
        let code = unsafe batch.buffers.withUnsafeBufferPointer { buffers in
            unsafe uv_write(request.raw, stream, buffers.baseAddress, UInt32(buffers.count)) {
                raw,
                code in
                guard let raw = unsafe raw, let data = unsafe raw.pointee.data else { return }
                let handle = unsafe raw.pointee.handle
                unsafe Unmanaged<WriteRequest>.fromOpaque(data).release()
                guard code >= 0, let handle = unsafe handle else { return }
                unsafe Connection.of(UnsafeMutableRawPointer(handle)).didWrite()
            }
        }
        if code < 0 { unsafe data.release() }
    }

    private init(owner: AnyObject?) {
        unsafe raw = .allocate(capacity: 1)
        self.owner = owner
    }

    deinit { unsafe raw.deallocate() }
}

/// Bytes of their own that are on their way into a socket.
@safe final class WrittenBytes {
    let memory: UnsafeRawBufferPointer

    init(_ bytes: ArraySlice<UInt8>) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        unsafe copy.copyBytes(from: bytes)
        unsafe memory = UnsafeRawBufferPointer(copy)
    }

    deinit { unsafe memory.deallocate() }
}
