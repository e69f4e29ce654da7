import CLibuv

/// Stretches of memory that leave through a connection as one write, in their order.
///
/// They are not copied: they must stay as they are until the connection has taken them.
@safe public struct WriteBatch {
    private(set) var buffers: [uv_buf_t] = unsafe []
    public private(set) var byteCount = 0

    public init() {}

    public var isEmpty: Bool { byteCount == 0 }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard unsafe !bytes.isEmpty else { return }
        unsafe buffers.append(uv_buf_t(bytes))
        byteCount += bytes.count
    }

    /// Forgets all stretches and keeps the room for as many.
    public mutating func removeAll() {
        unsafe buffers.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    /// Forgets the first `count` bytes: they have been taken.
    mutating func removeFirst(_ count: Int) {
        var rest = count
        var whole = 0
        while unsafe whole < buffers.count, unsafe rest >= buffers[whole].len {
            unsafe rest -= buffers[whole].len
            whole += 1
        }
        unsafe buffers.removeFirst(whole)
        if rest > 0 {
            unsafe buffers[0].base += rest
            unsafe buffers[0].len -= rest
        }
        byteCount -= count
    }
}

extension uv_buf_t {
    init(_ bytes: UnsafeRawBufferPointer) {
        let base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        unsafe self.init(base: base?.assumingMemoryBound(to: CChar.self), len: bytes.count)
    }
}
