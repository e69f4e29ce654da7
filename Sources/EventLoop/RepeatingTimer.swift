import CLibuv

/// Fires every so many milliseconds: for heartbeats and bounds, not for links.
public final class RepeatingTimer: Handle {
    private var onFire: (() -> Void)?

    public init(
        on loop: Loop,
        everyMilliseconds period: Int,
        _ onFire: @escaping () -> Void
    ) throws(LoopError) {
        self.onFire = onFire
        unsafe try super.init(UV_TIMER, "uv_timer_init") {
            unsafe uv_timer_init(loop.raw, $0.assumingMemoryBound(to: uv_timer_t.self))
        }
        let timer = unsafe memory.assumingMemoryBound(to: uv_timer_t.self)
        unsafe uv_timer_start(
            timer,
            { handle in
                guard let handle = unsafe handle else { return }
                let timer = unsafe RepeatingTimer.of(UnsafeMutableRawPointer(handle))
                if !timer.isClosing { timer.onFire?() }
            },
            UInt64(period),
            UInt64(period)
        )
    }

    override func didClose() { onFire = nil }
}
