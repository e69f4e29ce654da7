// Ctrl-C and its like where no loop runs: noted when they come, and looked at by whoever is at work.

import EventLoop
import Membership

/// Whether somebody has asked this process to end.
public enum Interruption {
    /// From now on it ends with a word and 130; what is under way is lost.
    public static func endsProcess() { ThisProcess.exitWhenInterrupted() }

    /// It waits for `endsProcess`, of this program or of the one that takes its place.
    public static func waits() { ThisProcess.holdInterrupts() }

    /// From now on it is noted, for `check` to find.
    public static func isNoted() { ThisProcess.noteInterrupts() }

    /// From now on it does nothing: the end is near, and it keeps what was measured.
    public static func isIgnored() { ThisProcess.ignoreInterrupts() }

    /// Ends what is under way if somebody has asked for that.
    ///
    /// - Throws: `RunFailure.interrupted`.
    public static func check() throws(RunFailure) {
        if isThere { throw .interrupted }
    }

    /// Whether somebody has asked for the end.
    public static var isThere: Bool { ThisProcess.isInterrupted }
}
