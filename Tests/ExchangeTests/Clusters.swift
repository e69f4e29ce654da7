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

extension RankProgram {
    /// Exchanges one after the other, each of messages that go straight to `rank` and from it:
    /// bytes by peer.
    static func exchanges(
        of rank: Rank,
        _ exchanges: [(send: [Int], receive: [Int])]
    ) -> RankProgram {
        var stages: [Stage] = []
        for (number, exchange) in exchanges.enumerated() {
            let role = StageRole(number == 0 ? .dispatch : .combine)
            let after = number > 0 ? [number - 1] : []
            let work = RankExchange(of: rank, send: exchange.send, receive: exchange.receive)
            stages.append(Stage(role, after: after, .exchange(work)))
        }
        return RankProgram(stages)
    }
}

extension RankExchange {
    /// A stream for each peer with bytes, in the order of ranks.
    init(of rank: Rank, send: [Int], receive: [Int]) {
        self.init()
        for (peer, bytes) in send.enumerated() where bytes > 0 && peer != rank.index {
            let run = MessageRun(origin: rank, final: Rank(peer), offset: 0, bytes: bytes)
            sends.append(
                OutgoingStream(
                    peer: Rank(peer),
                    slot: 0,
                    run: run,
                    supply: .own,
                    opensMessage: true
                )
            )
        }
        for (peer, bytes) in receive.enumerated() where bytes > 0 && peer != rank.index {
            let run = MessageRun(origin: Rank(peer), final: rank, offset: 0, bytes: bytes)
            receives.append(IncomingStream(peer: Rank(peer), run: run))
        }
    }
}

/// Rank 1 of three nodes of one NPU, which expects bytes from rank 0 (and from rank 2) in
/// stage 0, and bytes from rank 0 in stage 1.
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
            program: .exchanges(of: Rank(1), [(nothing, first), (nothing, second)]),
            ports: try ports(nodes: 3, npus: 1),
            pacing: RankPacing(chunk: ByteCount(100), window: window, catchUp: .zero)
        )
    }

    mutating func begin(at picoseconds: Int64 = 0) {
        machine.begin(at: Instant(picoseconds: picoseconds), &actions)
    }
    mutating func advance(to picoseconds: Int64) {
        machine.advance(to: Instant(picoseconds: picoseconds), &actions)
    }

    /// Checks and takes a chunk.
    mutating func take(_ chunk: ChunkHeader, at picoseconds: Int64 = 0) throws {
        try machine.check(chunk)
        _ = machine.received(chunk, at: Instant(picoseconds: picoseconds))
    }
}

/// A chunk of rank 0, as the receiver would like it; rank 2 has the second stream of its stage.
func chunk(
    _ sequence: Int,
    stage: Int = 0,
    source: Int = 0,
    stream: Int? = nil,
    offset: Int? = nil,
    length: Int = 100,
    depart: Int64 = 4_000
) -> ChunkHeader {
    ChunkHeader(
        stage: stage,
        source: Rank(source),
        stream: stream ?? (source == 2 ? 1 : 0),
        sequence: sequence,
        offset: offset ?? sequence * 100,
        length: length,
        depart: Instant(picoseconds: depart)
    )
}

/// Plans of routed steps.
enum Clusters {
    /// `nodes` x `npus` NPUs of one EP group, tokens of 8 bytes.
    static func plan(
        nodes: Int,
        npus: Int,
        experts: Int,
        _ layout: PayloadLayout
    ) throws -> ClusterPlan {
        ClusterPlan(
            preset: .ascend910B3,
            nodes: nodes,
            npusPerNode: npus,
            dilation: .fixed(1),
            links: try #require(Preset.ascend910B3.links),
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus, dp: 1),
            model: ModelShape(
                hidden: 4,
                ffn: 16,
                experts: experts,
                layers: 1,
                dtype: .fp16,
                utilisation: 0.5,
                peakFlops: 1e12
            ),
            workload: Workload(
                tokens: "none",
                tokensPerNPU: 24,
                sharding: .iid,
                steps: 1,
                warmup: 0,
                seed: 1
            ),
            routing: RoutingSettings(
                routers: [.gshard],
                baseline: .gshard,
                topK: 2,
                capacityFactor: 1,
                capacityFloor: 1,
                threshold: 1,
                mode: .tcr,
                policy: .drop
            ),
            exchange: ExchangeSettings(algorithm: .rail, layout: layout, chunk: ByteCount(64))
        )
    }
}
