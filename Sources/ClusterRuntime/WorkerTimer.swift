import EventLoop

/// The worker's deadline timer, whose callback is set once the worker stands.
final class WorkerTimer {
    let timer: DeadlineTimer
    private let box = Box()

    private final class Box {
        var onFire: (() -> Void)?
    }

    init(on loop: Loop) throws(LoopError) {
        let box = self.box
        timer = try DeadlineTimer(on: loop) { box.onFire?() }
    }

    var onFire: (() -> Void)? {
        get { box.onFire }
        set { box.onFire = newValue }
    }

    func close() {
        box.onFire = nil
        timer.close()
    }
}
