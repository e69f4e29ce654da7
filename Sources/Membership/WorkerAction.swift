import ClusterModel

/// What a worker does next.
public enum WorkerAction: Sendable, Equatable {
    /// Connect to these peers; the others come by themselves.
    case visit([Rank])
    /// Close the connection to a peer, without telling anybody.
    case drop(Rank)
    /// Say that every peer is connected.
    case tellMeshReady
    /// Forget the step under way: its bytes are worth nothing.
    case dropStep
    /// Route, pack and announce counts to every peer.
    case pack(serial: Int)
    /// Take the counts a peer has just announced.
    case takeCounts(Rank)
    /// Keep them: the step they belong to has not been heard of.
    case keepCounts(Rank, serial: Int)
    /// Take the counts that were kept.
    case takeKept(Rank)
    /// All counts are in: make room, and say what goes into the step.
    case seal(serial: Int)
    /// Make the step's program ready to be played.
    case load(serial: Int)
    /// Play it from the appointed instant on.
    case begin(serial: Int)
    case tellFinished(serial: Int)
    /// Compare every byte and say what came of it.
    case verify(serial: Int)
    /// Say that everything up to this serial is forgotten.
    case tellAbandoned(serial: Int)
    /// Tell the coordinator what is wrong; it decides.
    case report(String)
    case leave
}

/// What becomes of a chunk that has come.
public enum ChunkAdmission: Sendable, Equatable {
    case take
    /// It belongs to a step that is over or was given up.
    case discard
    /// No step of this serial is played here.
    case refuse
}
