import CLibuv

/// Fires at instants of the host's monotonic clock, with the resolution of the kernel.
///
/// libuv's own timers count milliseconds; this one is a timerfd watched by uv_poll.
public final class DeadlineTimer: Handle {
    /// Over so many nanoseconds before an instant the loop turns without sleeping.
    ///
    /// A thread that sleeps wakes some 50 µs late. 0, as at first, lets it; anything else costs a
    /// core.
    public var pollNanoseconds: Int64 = 0

    private let descriptor: Int32
    private let turns: TurnWatcher
    private var armedFor: Int64?
    private var onFire: (() -> Void)?

    public init(on loop: Loop, _ onFire: @escaping () -> Void) throws(LoopError) {
        let descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard descriptor >= 0 else { throw .system("timerfd_create") }
        let turns: TurnWatcher
        do {
            turns = try TurnWatcher(on: loop)
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.turns = turns
        self.onFire = onFire
        do {
            unsafe try super.init(UV_POLL, "uv_poll_init") {
                unsafe uv_poll_init(
                    loop.raw,
                    $0.assumingMemoryBound(to: uv_poll_t.self),
                    descriptor
                )
            }
        } catch {
            turns.close()
            closeDescriptor(descriptor)
            throw error
        }
        turns.onTurn = { [unowned self] in look() }
        let poll = unsafe memory.assumingMemoryBound(to: uv_poll_t.self)
        let code = unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            guard let handle = unsafe handle else { return }
            unsafe DeadlineTimer.of(UnsafeMutableRawPointer(handle)).expired()
        }
        guard code >= 0 else {
            close()
            throw LoopError(operation: "uv_poll_start", code: code)
        }
    }

    /// Arms for an instant of `Loop.hostNanoseconds`, in place of any earlier one; `nil` disarms.
    public func arm(at nanoseconds: Int64?) {
        guard !isClosing, nanoseconds != armedFor else { return }
        armedFor = nanoseconds
        turns.pause()
        // A zero would disarm; an instant in the past fires at once.
        let instant = nanoseconds.map { max($0 - pollNanoseconds, 1) } ?? 0
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(instant / 1_000_000_000)
        setting.it_value.tv_nsec = Int(instant % 1_000_000_000)
        unsafe timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    private func expired() {
        var count: UInt64 = 0
        _ = unsafe readDescriptor(descriptor, &count, 8)
        guard count > 0, !isClosing else { return }
        look()
    }

    private func look() {
        guard !isClosing, let instant = armedFor else { return }
        guard Loop.hostNanoseconds >= instant else {
            turns.resume()
            return
        }
        turns.pause()
        armedFor = nil
        onFire?()
    }

    public override func close() {
        turns.close()
        super.close()
    }

    override func didClose() {
        onFire = nil
        closeDescriptor(descriptor)
    }
}
