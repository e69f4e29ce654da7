import ClusterModel
import EventLoop
import Wire

/// One worker as the coordinator sees it: a process and a control connection.
final class WorkerHandle {
    let rank: Rank
    var process: ChildProcess?
    var control: ControlChannel?
    var meshPort = 0
    /// Counts the processes that this rank has had.
    var incarnation = 0
    /// It has been told what the run is.
    var hasPlan = false
    /// Its process has ended.
    var end: ProcessEnd?
    var refusals: [String] = []
    var openHandles = 0

    init(rank: Rank) { self.rank = rank }

    var isRunning: Bool { process != nil && end == nil }

    /// Ends the control connection.
    func hangUp() {
        control?.close()
        control = nil
    }

    func send(_ message: ControlMessage) { control?.send(message) }
}
