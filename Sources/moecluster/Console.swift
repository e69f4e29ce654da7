// Messages for people go to stderr, results to stdout; colour and progress only on a terminal.

import ArgumentParser
import Glibc

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
    private let showsProgress: Bool
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

    private func say(_ text: String, _ level: LogLevel) {
        guard level <= self.level else { return }
        clearProgress()
        Self.write(text + "\n", to: STDERR_FILENO)
    }

    /// A line that the next one replaces.
    func progress(_ text: String) {
        guard showsProgress else { return }
        let padding = String(repeating: " ", count: max(0, progressWidth - text.count))
        Self.write("\r" + text + padding, to: STDERR_FILENO)
        progressWidth = text.count
    }

    func clearProgress() {
        guard progressWidth > 0 else { return }
        Self.write("\r" + String(repeating: " ", count: progressWidth) + "\r", to: STDERR_FILENO)
        progressWidth = 0
    }

    /// Results.
    func result(_ text: String) {
        clearProgress()
        Self.write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
