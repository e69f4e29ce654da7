import CLibuv

/// Calls back, on the loop, when the process is sent a signal.
public final class SignalWatcher: Handle {
    private var onSignal: (() -> Void)?

    public init(on loop: Loop, signal: Int32, _ onSignal: @escaping () -> Void) throws(LoopError) {
        self.onSignal = onSignal
        unsafe try super.init(UV_SIGNAL, "uv_signal_init") {
            unsafe uv_signal_init(loop.raw, $0.assumingMemoryBound(to: uv_signal_t.self))
        }
        let handle = unsafe memory.assumingMemoryBound(to: uv_signal_t.self)
        let code = unsafe uv_signal_start(
            handle,
            { handle, _ in
                guard let handle = unsafe handle else { return }
                let watcher = unsafe SignalWatcher.of(UnsafeMutableRawPointer(handle))
                if !watcher.isClosing { watcher.onSignal?() }
            },
            signal
        )
        guard code >= 0 else {
            close()
            throw LoopError(operation: "uv_signal_start", code: code)
        }
    }

    override func didClose() { onSignal = nil }
}
