import CLibuv
import Glibc
import Synchronization

/// Settings of the running process that only the kernel can change.
public enum ThisProcess {
    /// Has the kernel kill this process when its parent ends, even while it is stopped.
    ///
    /// Returns false if the parent has ended already.
    public static func dieWithParent(_ parent: Int32) -> Bool {
        _ = moecluster_die_with_parent()
        return getppid() == parent
    }

    /// Wakes this thread within `nanoseconds` of a deadline instead of 50 µs.
    public static func setTimerSlack(nanoseconds: Int) {
        _ = moecluster_set_timer_slack(UInt(nanoseconds))
    }

    /// Has this thread run in short turns: on a host whose cores are all busy, whoever asks for less
    /// at a time has its turn sooner after it has woken.
    public static func takeShortTurns() { _ = moecluster_set_turn(nice, 100_000) }

    /// Lets others that wait for this core have a turn before this thread goes on.
    public static func yield() { sched_yield() }

    /// Sleeps until an instant of `Loop.hostNanoseconds`: unlike one that waits in its loop, this
    /// thread is not woken by what comes meanwhile.
    public static func sleep(until nanoseconds: Int64) {
        var instant = timespec()
        instant.tv_sec = Int(nanoseconds / 1_000_000_000)
        instant.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &instant, nil) == EINTR
        {}
    }

    /// Leaves its parent's process group for one of its own: Ctrl-C reaches the parent alone.
    public static func formGroup() { setpgid(0, 0) }

    /// Lets this thread give way to others, those of other processes too, and run long when it runs.
    static func giveWay() { _ = moecluster_set_turn(min(19, nice + 5), 0) }

    /// Of the process's first thread.
    private static var nice: Int32 {
        getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid()))
    }

    /// Lets writes into closed sockets and pipes fail instead of ending the process.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// What asks this process to end, to be met with a clean end: Ctrl-C, a request to terminate,
    /// and a terminal that goes away, unless `nohup` has the process outlive that.
    public static let interrupts: [Int32] =
        [SIGINT, SIGTERM] + (moecluster_is_ignored(SIGHUP) == 0 ? [SIGHUP] : [])

    /// Each of `interrupts` ends the process with a word on stderr and 130, the contract's code for
    /// all of them, until something else takes them over; nothing is cleaned up.
    public static func exitWhenInterrupted() {
        // Whoever started this process may have blocked signals: without SIGCHLD no child would
        // ever seem to end.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        alarm(0)
        for number in interrupts + [SIGALRM] {
            signal(number) { _ in
                let text: StaticString = "error: interrupted\n"
                _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
                _exit(130)
            }
        }
    }

    /// Holds `interrupts` back for the program that this process becomes.
    public static func holdInterrupts() {
        var held = sigset_t()
        unsafe sigemptyset(&held)
        for number in interrupts { unsafe sigaddset(&held, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &held, nil)
    }

    /// How many of `interrupts` were noted.
    private static let noted = Atomic<Int>(0)

    /// Seconds after which a noted interrupt that nobody has met ends the process.
    private static var patience: UInt32 { 20 }

    /// From now on `interrupts` are only noted: whoever is at work looks at `isInterrupted` often,
    /// and ends in good order; whoever does not, is ended after `patience`.
    public static func noteInterrupts() {
        exitWhenInterrupted()
        // Made here: a handler may not be the first to ask for it.
        _ = noted.load(ordering: .relaxed)
        for number in interrupts {
            signal(number) { _ in
                ThisProcess.noteInterrupt()
                alarm(ThisProcess.patience)
            }
        }
    }

    /// One came by another way.
    public static func noteInterrupt() { noted.add(1, ordering: .relaxed) }

    /// Whether any was noted so far.
    public static var isInterrupted: Bool { noted.load(ordering: .relaxed) > 0 }

    /// Opens what of standard input, output and error is closed, so that no socket takes its
    /// number and is mistaken for it; results on a closed output are an error as before.
    public static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR)
        }
    }

    /// None of `interrupts` does anything any more: what was measured is being written.
    public static func ignoreInterrupts() {
        alarm(0)
        for number in interrupts { signal(number, SIG_IGN) }
    }

    public static var identifier: Int32 { getpid() }
}
