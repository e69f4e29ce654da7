// What makes a run a cluster that stays: its pace, the place of its socket, and whom to tell that it
// stands.

import Glibc
import Report
import ResultFiles
import Standing

/// The standing part of a run.
final class StandingRun {
    /// The last steps that are kept in full: times, verdict and report are of these, sums of all.
    static let samplesMax = 128
    /// Steps whose wall-clock times are remembered, to say what an incident has cost.
    static let pacesMax = 4096
    /// Seconds between two writings of results where nothing happens.
    static let writeEvery = 30

    var machine: StandingMachine
    /// Where it is told that the cluster stands; `nil` if it runs in the foreground.
    private var report: Int32?

    init(_ pace: StandingPace, report: Int32?) {
        machine = StandingMachine(pace)
        self.report = report
        if let report { _ = fcntl(report, F_SETFD, FD_CLOEXEC) }
    }

    /// The first step has ended well: tells whoever waits for that, and goes to the background,
    /// with a file for what is said from now on.
    func stands(_ status: StandingStatus, log: String, _ console: Console) {
        guard let report else { return }
        self.report = nil
        console.endProgress()
        // A waiting process that has gone is no reason to fall.
        _ = StandardStream.write(JSONText.encodeLine(status) + "\n", to: report)
        close(report)
        let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        let target = file >= 0 ? file : open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard target >= 0 else { return }
        dup2(target, STDOUT_FILENO)
        dup2(target, STDERR_FILENO)
        close(target)
    }
}
