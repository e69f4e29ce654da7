// Messages for people go to stderr, results to stdout; colour and progress only on a terminal.

import ArgumentParser
import Configuration
import Glibc
import ResultFiles

/// How much is said.
enum LogLevel: String, ExpressibleByArgument, CaseIterable, Comparable {
    case error
    case warning
    case info
    case debug

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    static func < (a: LogLevel, b: LogLevel) -> Bool { a.order < b.order }
}

/// The terminal.
final class Console {
    private let level: LogLevel
    private var showsProgress: Bool
    private var progressWidth = 0

    init(level: LogLevel, isQuiet: Bool) {
        self.level = isQuiet ? .error : level
        showsProgress = !isQuiet && isatty(STDERR_FILENO) == 1 && level >= .info
    }

    /// Whether results on stdout may be coloured.
    static var isColourful: Bool {
        isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    func error(_ text: String) { say("error: \(text)", .error) }
    func warning(_ text: String) { say("warning: \(text)", .warning) }
    func info(_ text: String) { say(text, .info) }
    func debug(_ text: String) { say(text, .debug) }

    /// Says what is wrong with one key, and gives the code of that.
    func refuse(_ problem: ConfigurationProblem) -> ExitCode {
        error("\(problem)\n1 problem(s); nothing was started")
        return Exit.configuration
    }

    private func say(_ text: String, _ level: LogLevel) {
        guard level <= self.level else { return }
        clearProgress()
        StandardStream.tell(text + "\n")
    }

    /// A line that the next one replaces.
    func progress(_ text: String) {
        guard showsProgress else { return }
        let padding = String(repeating: " ", count: max(0, progressWidth - text.count))
        StandardStream.tell("\r" + text + padding)
        progressWidth = text.count
    }

    /// Nobody watches any more.
    func endProgress() {
        clearProgress()
        showsProgress = false
    }

    func clearProgress() {
        guard progressWidth > 0 else { return }
        StandardStream.tell("\r" + String(repeating: " ", count: progressWidth) + "\r")
        progressWidth = 0
    }

    /// Results; a program that reads half of them and goes away has failed them, too.
    func result(_ text: String) throws(FileProblem) {
        clearProgress()
        try StandardStream.output(text.hasSuffix("\n") ? text : text + "\n")
    }
}
