import CLibuv

/// A batch on its way into a socket: keeps its memory until libuv is done with it.
final class WriteRequest {
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
        let data = Unmanaged.passRetained(request)
        request.raw.pointee.data = data.toOpaque()
        // libuv copies the list of buffers, not what they hold.
        let code = batch.buffers.withUnsafeBufferPointer { buffers in
            uv_write(request.raw, stream, buffers.baseAddress, UInt32(buffers.count)) { raw, code in
                guard let raw, let data = raw.pointee.data else { return }
                let handle = raw.pointee.handle
                Unmanaged<WriteRequest>.fromOpaque(data).release()
                guard code >= 0, let handle else { return }
                Connection.of(UnsafeMutableRawPointer(handle)).didWrite()
            }
        }
        if code < 0 { data.release() }
    }

    private init(owner: AnyObject?) {
        raw = .allocate(capacity: 1)
        self.owner = owner
    }

    deinit { raw.deallocate() }
}

/// Bytes of their own that are on their way into a socket.
final class WrittenBytes {
    let memory: UnsafeRawBufferPointer

    init(_ bytes: ArraySlice<UInt8>) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        copy.copyBytes(from: bytes)
        memory = UnsafeRawBufferPointer(copy)
    }

    deinit { memory.deallocate() }
}
