// A coordinator that a fault stops: nobody who is stopped can go on by himself, so a helper is
// started first that waits for the stop, lets the span pass and sends SIGCONT.

import EventLoop
import Glibc

extension Coordinator {
    /// Stops this process (SIGSTOP) for so many nanoseconds of host time.
    ///
    /// - Returns: how long it was stopped, and when that began, in host nanoseconds.
    /// - Throws: when no helper can be started; then nothing was stopped.
    public func pauseItself(for nanoseconds: Int64) throws(LoopError) -> (at: Int64, length: Int64)
    {
        let helper = try ChildProcess(
            on: loop,
            path: options.workerPath,
            arguments: [
                "--wake", "\(ThisProcess.identifier)", "--after", "\(nanoseconds)",
                "--parent", "\(ThisProcess.identifier)",
            ],
            input: [],
            outputDescriptor: options.logDescriptor,
            errorDescriptor: options.logDescriptor
        ) { _ in }
        // Reaped and counted with the processes that were replaced.
        graves.append(Grave(process: helper, refusals: []))
        let at = Loop.hostNanoseconds
        raise(SIGSTOP)
        return (at, Loop.hostNanoseconds - at)
    }
}
