// The law of libuv's handles in one place: they do not move, they are closed once, their memory
// lives until the close callback, and an open handle keeps its wrapper alive.

import CLibuv

/// Memory and life of one libuv handle.
@safe public class Handle {
    let memory: UnsafeMutableRawPointer
    public private(set) var isClosing = false

    /// `initialise` runs uv_xxx_init on the memory; if it fails nothing needs closing, except
    /// after uv_spawn, which joins the loop first (`joinsLoopFirst`).
    init(
        _ type: uv_handle_type,
        _ operation: String,
        joinsLoopFirst: Bool = false,
        initialise: (UnsafeMutableRawPointer) -> Int32
    ) throws(LoopError) {
        unsafe memory = .allocate(byteCount: uv_handle_size(type), alignment: 16)
        let code = unsafe initialise(memory)
        guard code >= 0 || joinsLoopFirst else {
            isClosing = true
            throw LoopError(operation: operation, code: code)
        }
        unsafe asHandle.pointee.data = unsafe Unmanaged.passRetained(self).toOpaque()
        guard code >= 0 else {
            close()
            throw LoopError(operation: operation, code: code)
        }
    }

    var asHandle: UnsafeMutablePointer<uv_handle_t> {
        unsafe memory.assumingMemoryBound(to: uv_handle_t.self)
    }

    /// The wrapper of a handle that libuv hands to a callback.
    static func of(_ handle: UnsafeMutableRawPointer) -> Self {
        let data = unsafe handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data
        guard let data = unsafe data else { fatalError("a libuv handle without its wrapper") }
        let wrapper = unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
        // Called for every read: checked in debug builds only.
        return unsafe unsafeDowncast(wrapper, to: Self.self)
    }

    /// Closes the handle; callbacks of pending requests still come, as cancelled.
    ///
    /// Idempotent.
    public func close() {
        guard !isClosing else { return }
        isClosing = true
        unsafe uv_close(asHandle) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            let wrapper = unsafe Unmanaged<Handle>.fromOpaque(data).takeRetainedValue()
            wrapper.didClose()
        }
    }

    /// Breaks the cycles an owner may have made.
    func didClose() {}

    deinit { unsafe memory.deallocate() }
}
