// libuv's loop. Plain classes without isolation and without Sendable: made on one thread, they
// stay there because the compiler lets them go nowhere else.

import CLibuv

/// One libuv loop, run on the thread that made it.
@safe public final class Loop {
    let raw: UnsafeMutablePointer<uv_loop_t>

    public init() throws(LoopError) {
        // A peer that closed its socket is an event of its connection, not the process's end.
        ThisProcess.ignoreBrokenPipes()
        unsafe raw = .allocate(capacity: 1)
        let code = unsafe uv_loop_init(raw)
        guard code >= 0 else {
            unsafe raw.deallocate()
            throw LoopError(operation: "uv_loop_init", code: code)
        }
    }

    /// Runs until `stop` is called or no handle is open.
    public func run() { unsafe uv_run(raw, UV_RUN_DEFAULT) }

    /// Handles what is due now and returns.
    public func runOnce() { unsafe uv_run(raw, UV_RUN_NOWAIT) }

    /// Makes `run` return after the present turn.
    public func stop() { unsafe uv_stop(raw) }

    /// Nanoseconds of CLOCK_MONOTONIC, the same clock in every process of the machine.
    public static var hostNanoseconds: Int64 { Int64(bitPattern: uv_hrtime()) }

    /// Handles that are open and not closing, 0 when all was cleaned up.
    public var openHandles: Int {
        var count = 0
        unsafe withUnsafeMutablePointer(to: &count) { pointer in
            unsafe uv_walk(
                raw,
                { handle, argument in
                    if unsafe uv_is_closing(handle) == 0 {
                        unsafe argument?.assumingMemoryBound(to: Int.self).pointee += 1
                    }
                },
                unsafe pointer
            )
        }
        return count
    }

    deinit {
        // Close callbacks that are still due run here.
        unsafe uv_run(raw, UV_RUN_NOWAIT)
        let code = unsafe uv_loop_close(raw)
        guard code == 0 else {
            fatalError("a loop was dropped with \(openHandles) open handles: close them first")
        }
        unsafe raw.deallocate()
    }
}
