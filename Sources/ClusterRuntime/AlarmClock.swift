import EventLoop

/// Does things at instants of the host's clock, while the loop runs.
final class AlarmClock {
    private let loop: Loop
    private var timer: DeadlineTimer?
    private var alarms: [(at: Int64, act: () -> Void)] = []

    init(on loop: Loop) { self.loop = loop }

    /// Does something at `nanoseconds` of `Loop.hostNanoseconds`, or as soon after as it can.
    func set(at nanoseconds: Int64, _ act: @escaping () -> Void) throws(LoopError) {
        if timer == nil { timer = try DeadlineTimer(on: loop) { [unowned self] in self.ring() } }
        alarms.append((nanoseconds, act))
        arm()
    }

    private func arm() { timer?.arm(at: alarms.map(\.at).min()) }

    private func ring() {
        let now = Loop.hostNanoseconds
        let due = alarms.filter { $0.at <= now }
        alarms.removeAll { $0.at <= now }
        arm()
        for alarm in due { alarm.act() }
    }

    func close() {
        alarms = []
        timer?.close()
        timer = nil
    }
}
