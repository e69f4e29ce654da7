import CLibuv
import Synchronization

/// Computing that the loop does not wait for: it runs on a thread of libuv's pool, which gives way
/// to the loops of all processes.
///
/// What it touches nobody else may touch before `finish` has returned or `onDone` was called.
@safe public final class SideWork {
    private let raw: UnsafeMutablePointer<uv_work_t>
    private let body: () -> Void
    private var onDone: (() -> Void)?
    private let isDone = Mutex(false)

    public init(_ body: @escaping () -> Void) {
        unsafe raw = .allocate(capacity: 1)
        self.body = body
    }

    /// Begins; `onDone` is called on the loop's thread, in one of its turns.
    public func start(on loop: Loop, onDone: @escaping () -> Void) throws(LoopError) {
        self.onDone = onDone
        let own = unsafe Unmanaged.passRetained(self)
        unsafe raw.pointee.data = unsafe own.toOpaque()
        let code = unsafe uv_queue_work(
            loop.raw,
            raw,
            { request in
                ThisProcess.giveWay()
                unsafe SideWork.of(request)?.takeUnretainedValue().finish()
            },
            { request, _ in
                guard let work = unsafe SideWork.of(request)?.takeRetainedValue() else { return }
                let onDone = work.onDone
                work.onDone = nil
                onDone?()
            }
        )
        guard code >= 0 else {
            self.onDone = nil
            unsafe own.release()
            throw LoopError(operation: "uv_queue_work", code: code)
        }
    }

    /// Returns once it is done: if no thread had begun, here.
    public func finish() {
        isDone.withLock { isDone in
            guard !isDone else { return }
            body()
            isDone = true
        }
    }

    private static func of(_ request: UnsafeMutablePointer<uv_work_t>?) -> Unmanaged<SideWork>? {
        guard let data = unsafe request?.pointee.data else { return nil }
        return unsafe Unmanaged<SideWork>.fromOpaque(data)
    }

    deinit { unsafe raw.deallocate() }
}
