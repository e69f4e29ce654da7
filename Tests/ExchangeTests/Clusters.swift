import ClusterModel
import Exchange
import Links
import Testing

/// Ports of `nodes` x `npus` with 910B3 links, every rank of one EP group.
func ports(nodes: Int, npus: Int, topology: HCCSTopology = .mesh) throws -> PortMap {
    var links = try #require(Preset.ascend910B3.links)
    links.topology = topology
    return PortMap(
        layout: RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus, dp: 1),
            experts: nodes * npus
        ),
        links: links
    )
}

/// Rank 1 of three nodes of one NPU, which expects bytes from rank 0 (and from rank 2) in
/// exchange 0, and bytes from rank 0 in exchange 1.
struct Receiver {
    var machine: RankMachine
    var actions: [RankAction] = []

    /// A byte takes 40 ps, the wire 10 µs; chunks have at most 100 bytes.
    init(
        first: [Int] = [250, 0, 0],
        second: [Int] = [50, 0, 0],
        window: Interval = .zero
    ) throws {
        let nothing = [0, 0, 0]
        machine = RankMachine(
            rank: Rank(1),
            program: RankProgram([
                .exchange(send: nothing, receive: first),
                .exchange(send: nothing, receive: second),
            ]),
            ports: try ports(nodes: 3, npus: 1),
            pacing: RankPacing(chunk: ByteCount(100), window: window, catchUp: .zero)
        )
    }

    mutating func begin() { machine.begin(at: .zero, &actions) }
    mutating func advance(to picoseconds: Int64) {
        machine.advance(to: Instant(picoseconds: picoseconds), &actions)
    }

    /// Checks and takes a chunk.
    mutating func take(_ chunk: ChunkHeader, at picoseconds: Int64 = 0) throws {
        try machine.check(chunk)
        machine.received(chunk, at: Instant(picoseconds: picoseconds))
    }
}

/// A chunk of rank 0, as the receiver would like it.
func chunk(
    _ sequence: Int,
    exchange: Int = 0,
    source: Int = 0,
    offset: Int? = nil,
    length: Int = 100,
    depart: Int64 = 4_000
) -> ChunkHeader {
    ChunkHeader(
        exchange: exchange,
        source: Rank(source),
        sequence: sequence,
        offset: offset ?? sequence * 100,
        length: length,
        depart: Instant(picoseconds: depart)
    )
}
