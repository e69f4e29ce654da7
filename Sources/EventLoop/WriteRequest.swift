import CLibuv

/// Bytes on their way into a socket: holds them until libuv is done with them.
final class WriteRequest {
    private let raw: UnsafeMutablePointer<uv_write_t>
    private let head: UnsafeMutableRawBufferPointer
    private let body: UnsafeRawBufferPointer
    private let owner: AnyObject?

    init(head: [UInt8], body: UnsafeRawBufferPointer, owner: AnyObject?) {
        raw = .allocate(capacity: 1)
        self.head = .allocate(byteCount: max(1, head.count), alignment: 8)
        self.head.copyBytes(from: head)
        self.body = body
        self.owner = owner
        headCount = head.count
    }

    private let headCount: Int

    /// Queues what is left after the first `skipped` bytes of head and body together.
    func submit(on stream: UnsafeMutablePointer<uv_stream_t>, skipping skipped: Int) {
        let headRest = UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(head)[min(skipped, headCount)..<headCount]
        )
        let bodyRest = UnsafeRawBufferPointer(rebasing: body[max(0, skipped - headCount)...])
        var buffers = [uv_buf_t(headRest), uv_buf_t(bodyRest)].filter { $0.len > 0 }
        raw.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let code = uv_write(raw, stream, &buffers, UInt32(buffers.count)) { request, _ in
            guard let data = request?.pointee.data else { return }
            Unmanaged<WriteRequest>.fromOpaque(data).release()
        }
        // The reading side of the connection reports what is wrong with it.
        if code < 0 { Unmanaged<WriteRequest>.fromOpaque(raw.pointee.data).release() }
    }

    deinit {
        head.deallocate()
        raw.deallocate()
    }
}
