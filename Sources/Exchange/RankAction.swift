import ClusterModel
import Links

/// What the shell has to do.
public enum RankAction: Sendable, Equatable {
    /// Hand this chunk to the socket of its stream's peer, now.
    case send(DepartingChunk, OutgoingStream)
    /// Ask the peer, now, to send a chunk once more.
    case ask(ChunkRequest, of: Rank)
    /// A stage of the program ended at `at`.
    case stageEnded(index: Int, at: Instant)
    /// A point has come that a strike waits for.
    case reached(ReachedPoint)
    /// All stages ended. Chunks for others may still have to leave.
    case finished(at: Instant)
}

/// A chunk that has come to its receiver's host and by the model still has to pass ports that
/// several ranks share.
public struct SharedPassage: Sendable, Equatable {
    /// The shared ports it passes, in order.
    public let ports: [Int]
    /// When its last byte had left its sender's own port, whose rate is `entry`.
    public let depart: Instant
    public let entry: Bandwidth
    /// Between the first port and what comes next.
    public let latency: Interval
    /// What its receiver makes of it once it is known when it arrives.
    public let chunk: ChunkHeader
    /// When the host had read it.
    public let readAt: Instant
}

/// How the machine is paced.
public struct RankPacing: Sendable, Equatable {
    /// The most bytes of a chunk.
    public var chunk: ByteCount
    /// How long before it begins to leave by the model a chunk may go to its socket.
    public var window: Interval
    /// How far a late host may catch up before the schedule shifts.
    public var catchUp: Interval
    /// From here on the clock may jump to what is to come.
    var farAway: Interval { Interval(picoseconds: 8 * window.picoseconds) }
    /// The stretch of time over which ingress ports watch their rate; `nil`: they do not.
    public var watch: Interval?
    /// How often chunks that come damaged are asked for again; `nil`: never.
    public var resends: ResendLimits?

    public init(
        chunk: ByteCount,
        window: Interval,
        catchUp: Interval,
        watch: Interval? = nil,
        resends: ResendLimits? = nil
    ) {
        self.watch = watch
        self.resends = resends
        self.chunk = chunk
        self.window = window
        self.catchUp = catchUp
    }
}

/// A rank that waits for nothing but its own modelled duration or for bytes nobody has sent yet.
public struct QuietState: Sendable, Equatable {
    /// When it goes on by itself; `nil` when only bytes can wake it.
    public let wake: Instant?
    /// Chunks handed to sockets and chunks read from them, since the step began.
    public let sent: Int
    public let received: Int
}
