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
        try super.init(UV_TIMER, "uv_timer_init") {
            uv_timer_init(loop.raw, $0.assumingMemoryBound(to: uv_timer_t.self))
        }
        let timer = memory.assumingMemoryBound(to: uv_timer_t.self)
        uv_timer_start(
            timer,
            { handle in
                guard let handle else { return }
                let timer = RepeatingTimer.of(UnsafeMutableRawPointer(handle))
                if !timer.isClosing { timer.onFire?() }
            },
            UInt64(period),
            UInt64(period)
        )
    }

    override func didClose() { onFire = nil }
}
