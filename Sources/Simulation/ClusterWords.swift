// What coordinator and workers say to each other in a simulated cluster, and what happens there.

import ClusterModel
import Membership

/// Between the coordinator and a worker.
enum ControlWord: Equatable, Sendable {
    case plan(excluded: Set<Rank>)
    case mend, meshReady, stop
    case ping(Int)
    case pong(Int, Waiting)
    case askForMissing(Int, upTo: Int)
    case prepare(Int, step: Int, hurts: [ExpertHurt])
    case prepared(Int)
    case program(Int)
    case ready(Int)
    case start(Int)
    case finished(Int)
    case check(Int)
    case stepDone(Int, TokenSum)
    case abandon(Int, dropped: Set<Rank>, excluded: Set<Rank>)
    case abandoned(Int)
    case linkDown(Rank, isCorrupt: Bool)
    case reported(String)
}

/// A part of what one rank sends another in a step.
struct ChunkWord: Hashable, Sendable {
    var serial: Int
    /// Its place among the pair's chunks of the step.
    var number: Int
    var tokens = TokenSum.none
    /// Its payload is not what was sent; its head is.
    var isCorrupt = false
    /// What follows it is taken for its bytes.
    var isTruncated = false

    var isDamaged: Bool { isCorrupt || isTruncated }
}

/// Between two workers.
enum MeshWord: Equatable, Sendable {
    case hello, welcome
    case counts(Int)
    case chunk(ChunkWord)
    /// Asks for a chunk once more.
    case request(ChunkWord)
}

/// One thing that happens at an instant; processes are named with their incarnation, connections
/// with their number, so that what comes too late finds nobody.
enum Happening: Sendable {
    case toCoordinator(ControlWord, from: Rank, incarnation: Int)
    case toWorker(ControlWord, to: Rank, incarnation: Int)
    case overMesh(MeshWord, from: Rank, to: Rank, connection: Int)
    /// An end learns that the connection to a peer is gone.
    case linkEnded(at: Rank, peer: Rank, connection: Int)
    /// A visitor learns that nobody let it in.
    case turnedAway(Rank, peer: Rank, incarnation: Int, connection: Int)
    case joined(Rank, incarnation: Int)
    case exitHeard(Rank, incarnation: Int)
    case controlEndHeard(Rank, incarnation: Int)
    /// A worker learns that its coordinator is gone.
    case orphaned(Rank, incarnation: Int)
    /// The run is started again.
    case resumed
    case computed(Rank, incarnation: Int, serial: Int)
    /// The coordinator looks at its bounds.
    case look
    case strike(Int)
    case heal(Int)
}

/// A happening and its virtual time; those of one instant in the order they were scheduled in.
struct Scheduled: Comparable, Sendable {
    /// Nanoseconds.
    let at: Int64
    let order: Int
    let happening: Happening

    static func < (a: Scheduled, b: Scheduled) -> Bool {
        a.at == b.at ? a.order < b.order : a.at < b.at
    }

    static func == (a: Scheduled, b: Scheduled) -> Bool { a.order == b.order }
}
