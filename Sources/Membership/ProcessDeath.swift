// What a signal says about who ended a process.

/// Who is to blame for a process that a signal has ended.
public enum ProcessDeath: Sendable, Equatable {
    /// Its own code: what the kernel or the C library sends to a program that did wrong.
    case crash
    /// Somebody else: out of memory, a user, a batch system.
    case outside

    /// SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV and SIGSYS.
    private static let crashes: Set = [4, 5, 6, 7, 8, 11, 31]

    /// By a signal's number on Linux; 0 is none.
    public init?(signal: Int) {
        guard signal != 0 else { return nil }
        self = Self.crashes.contains(signal) ? .crash : .outside
    }
}

extension Incident {
    /// How its process ended; `nil` if none ended by a signal.
    public var death: ProcessDeath? { signal.flatMap(ProcessDeath.init) }
}
