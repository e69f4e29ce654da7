// The law of libuv's handles in one place: they do not move, they are closed once, their memory
// lives until the close callback, and an open handle keeps its wrapper alive.

import CLibuv

/// Memory and life of one libuv handle.
public class Handle {
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
        memory = .allocate(byteCount: uv_handle_size(type), alignment: 16)
        let code = initialise(memory)
        guard code >= 0 || joinsLoopFirst else {
            isClosing = true
            throw LoopError(operation: operation, code: code)
        }
        asHandle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        guard code >= 0 else {
            close()
            throw LoopError(operation: operation, code: code)
        }
    }

    var asHandle: UnsafeMutablePointer<uv_handle_t> {
        memory.assumingMemoryBound(to: uv_handle_t.self)
    }

    /// The wrapper of a handle that libuv hands to a callback.
    static func of(_ handle: UnsafeMutableRawPointer) -> Self {
        let data = handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data
        guard let data else { fatalError("a libuv handle without its wrapper") }
        let wrapper = Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
        // Called for every read: checked in debug builds only.
        return unsafeDowncast(wrapper, to: Self.self)
    }

    /// Closes the handle; callbacks of pending requests still come, as cancelled.
    ///
    /// Idempotent.
    public func close() {
        guard !isClosing else { return }
        isClosing = true
        uv_close(asHandle) { handle in
            guard let data = handle?.pointee.data else { return }
            let wrapper = Unmanaged<Handle>.fromOpaque(data).takeRetainedValue()
            wrapper.didClose()
        }
    }

    /// Breaks the cycles an owner may have made.
    func didClose() {}

    deinit { memory.deallocate() }
}
