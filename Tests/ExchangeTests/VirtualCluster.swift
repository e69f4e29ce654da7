import ClusterModel
import Exchange
import Links

/// Chunks between machines in virtual time, with everything written down: not the product's
/// simulation, so that it can be held against the rules of the link model.
struct VirtualCluster {
    struct Sent: Equatable {
        let source: Rank
        let stream: OutgoingStream
        let chunk: DepartingChunk

        var destination: Rank { stream.peer }
    }

    private(set) var machines: [RankMachine]
    private(set) var sent: [Sent] = []
    private var actions: [RankAction] = []

    init(_ programs: [RankProgram], over ports: PortMap, pacing: RankPacing) {
        machines = programs.enumerated().map {
            RankMachine(rank: Rank($0), program: $1, ports: ports, pacing: pacing)
        }
    }

    /// Plays to the end; the machine that wakes next goes next.
    mutating func run() throws(ChunkViolation) {
        for rank in machines.indices {
            machines[rank].begin(at: .zero, &actions)
            try deliver(from: rank, at: .zero)
        }
        var now = Instant.zero
        while let next = machines.indices.filter({ machines[$0].nextWake() != nil })
            .min(by: { (machines[$0].nextWake() ?? now) < (machines[$1].nextWake() ?? now) })
        {
            now = max(now, machines[next].nextWake() ?? now)
            machines[next].advance(to: now, &actions)
            try deliver(from: next, at: now)
        }
    }

    private mutating func deliver(from rank: Int, at now: Instant) throws(ChunkViolation) {
        let performed = actions
        actions.removeAll()
        for (chunk, stream) in performed.sends {
            let header = ChunkHeader(
                stage: chunk.stage,
                source: Rank(rank),
                stream: stream.slot,
                sequence: chunk.sequence,
                offset: chunk.offset,
                length: chunk.length,
                depart: chunk.depart
            )
            try machines[stream.peer.index].check(header)
            _ = machines[stream.peer.index].received(header, at: now)
            sent.append(Sent(source: Rank(rank), stream: stream, chunk: chunk))
        }
    }

    var finish: Instant { machines.compactMap(\.stageEnds.last).max() ?? .zero }
}
