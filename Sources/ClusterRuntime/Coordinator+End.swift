// How a cluster ends: workers are told to stop, and killed when the bound has passed.

import ClusterModel
import EventLoop
import Glibc
import Membership
import Wire

extension Coordinator {
    /// Ends every worker: told to stop first, killed when the bound has passed.
    public func shutDown() -> ClusterRemains {
        isLeaving = true
        // Who hangs will not say goodbye: nobody waits for it.
        if case .silent(let rank, _, _) = failure { workers[rank.index].process?.kill(SIGKILL) }
        failure = nil
        failureDeadline = nil
        let running = Set(workers.filter(\.isRunning).map(\.rank))
        if workers.contains(where: { $0.meshPort == 0 && !excluded.contains($0.rank) }) {
            doorkeeper?.close(counting: false)
            listener?.close()
        }
        // Who has not joined cannot be told, and has nothing to say.
        for worker in workers where worker.control == nil { worker.process?.kill(SIGKILL) }
        for worker in workers { worker.send(.stop) }
        isDone = false
        perform(machine.leave(running: running, at: Loop.hostNanoseconds))
        waitQuietly()
        for worker in workers where worker.isRunning { worker.process?.kill(SIGKILL) }
        waitForExits()
        return close()
    }

    private func waitQuietly() {
        while !isDone, workers.contains(where: \.isRunning) {
            loop.run()
            if isImpatient { return }
        }
    }

    /// A second Ctrl-C: workers are killed at once.
    func giveUpPatience() {
        isImpatient = true
        loop.stop()
    }

    private func waitForExits() {
        let deadline = Loop.hostNanoseconds + options.bounds.leave
        while workers.contains(where: \.isRunning) || graves.contains(where: \.process.isRunning),
            Loop.hostNanoseconds < deadline
        {
            loop.runOnce()
            usleep(1000)
        }
    }

    private func close() -> ClusterRemains {
        var remains = ClusterRemains()
        doorkeeper?.close()
        door?.close()
        var refusals = doorkeeper?.refusals ?? RefusalLog()
        for line in door?.refusals.lines ?? [] { refusals.add(line: line) }
        for worker in workers {
            for line in worker.refusals { refusals.add(line: line) }
            remains.sockets += worker.openHandles
            if worker.isRunning { remains.processes += 1 }
            worker.control?.close()
            worker.process?.close()
        }
        for grave in graves {
            for line in grave.refusals { refusals.add(line: line) }
            if grave.process.isRunning { remains.processes += 1 }
            grave.process.close()
        }
        listener?.close()
        ticker?.close()
        alarms.close()
        for signal in signals { signal.close() }
        // Whoever has more to do after the cluster's end asks.
        if options.takesSignals { ThisProcess.noteInterrupts() }
        remains.sockets += loop.openHandles
        loop.run()
        sharedPorts = nil
        remains.sharedMemory = HeldMemory.inodes().subtracting(memoryBefore).count
        remains.refusals = refusals.lines
        remains.refused = refusals.total
        return remains
    }
}
