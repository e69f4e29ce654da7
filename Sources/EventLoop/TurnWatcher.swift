import CLibuv

/// Calls back in every turn of the loop, which does not sleep meanwhile; paused at first.
public final class TurnWatcher: Handle {
    public var onTurn: (() -> Void)?
    private var isPaused = true

    public init(on loop: Loop) throws(LoopError) {
        unsafe try super.init(UV_IDLE, "uv_idle_init") {
            unsafe uv_idle_init(loop.raw, $0.assumingMemoryBound(to: uv_idle_t.self))
        }
    }

    private var idle: UnsafeMutablePointer<uv_idle_t> {
        unsafe memory.assumingMemoryBound(to: uv_idle_t.self)
    }

    public func resume() {
        guard isPaused, !isClosing else { return }
        isPaused = false
        unsafe uv_idle_start(idle) { handle in
            guard let handle = unsafe handle else { return }
            unsafe TurnWatcher.of(UnsafeMutableRawPointer(handle)).onTurn?()
        }
    }

    public func pause() {
        guard !isPaused, !isClosing else { return }
        isPaused = true
        unsafe uv_idle_stop(idle)
    }

    override func didClose() { onTurn = nil }
}
