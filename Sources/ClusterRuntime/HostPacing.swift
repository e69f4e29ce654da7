import Glibc

/// Host times by which a cluster is paced, for a number of workers; all in nanoseconds.
public struct HostPacing: Sendable {
    /// How long before its departure a chunk may go to its socket.
    ///
    /// Workers share the cores: the more there are, the longer one may have to wait for its turn.
    public let window: Int64
    /// How long after all are ready a step is appointed.
    let lead: Int64
    /// What a jump leaves before the wake-up it jumps to: half of the window, when ranks wake to
    /// send ahead of time, and the time until all have heard of it.
    let margin: Int64
    /// How long a worker may take to pass on a chunk that has just come.
    public let reaction: Int64
    /// How late a deadline is noticed, timers, turns of the loop and the queue for a core together.
    public let overshoot: Int64
    /// How far a late host may catch up.
    let catchUp: Int64 = 2_000_000
    /// So many ranks may turn on a core of their own up to a deadline: a thread that sleeps is late
    /// by some 50 µs, which is much for a message of that length.
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// For so long before a deadline they do.
    static let poll: Int64 = 150_000

    /// Unshaped, nothing may leave before the appointment: the time would miss what was sent ahead.
    public init(world: Int, unshaped: Bool = false) {
        let workers = Int64(world)
        window = unshaped ? 0 : min(8_000_000 + workers * 250_000, 40_000_000)
        reaction = window / 4
        overshoot = 100_000 + workers * 5_000
        lead = window + 4_000_000 + workers * 300_000
        margin = window / 2 + 2_000_000 + workers * 60_000
    }
}
