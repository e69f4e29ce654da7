import ClusterModel
import Exchange
import Links
import Testing

/// A random plan and matrix of one seed.
private struct RandomExchange {
    let ports: PortMap
    let matrix: TrafficMatrix
    let pacing: RankPacing

    init(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let nodes = 1 + random.next(below: 4)
        let npus = 1 + random.next(below: 4)
        ports = try ExchangeTests.ports(
            nodes: nodes,
            npus: npus,
            topology: random.next(below: 2) == 0 ? .mesh : .switch
        )
        matrix = Self.matrix(world: nodes * npus, &random)
        pacing = RankPacing(
            chunk: ByteCount(100 + random.next(below: 4_096)),
            window: Interval(picoseconds: Int64(random.next(below: 3)) * 400_000),
            catchUp: .zero
        )
    }

    private static func matrix(world: Int, _ random: inout SeededRandom) -> TrafficMatrix {
        let kind = random.next(below: 5)
        let hot = random.next(below: world)
        var rows: [[Int]] = []
        for _ in 0..<world {
            // Some rows are empty.
            let isEmpty = kind == 3 && random.next(below: 3) == 0
            var row: [Int] = []
            for column in 0..<world {
                switch kind {
                case _ where isEmpty: row.append(0)
                case 0: row.append(10_000)
                case 1: row.append(column == hot ? 30_000 : random.next(below: 500))
                case 2: row.append(random.next(below: 4) == 0 ? random.next(below: 50_000) : 0)
                case 3: row.append(random.next(below: 20_000))
                default: row.append(random.next(below: 3))
                }
            }
            rows.append(row)
        }
        return TrafficMatrix(rows: rows)
    }

    func played() throws -> VirtualCluster {
        let programs = LayerProgram.bare(matrix, .direct, over: ports)
        var cluster = VirtualCluster(programs, over: ports, pacing: pacing)
        try cluster.run()
        return cluster
    }
}

/// A port of a rank, one way.
private struct PortKey: Hashable {
    let rank: Rank
    let port: Int
}

@Suite struct `Any exchange in virtual time` {
    private static let seeds = UInt64(0)..<60

    @Test(arguments: seeds) func `brings every byte once`(seed: UInt64) throws {
        let exchange = try RandomExchange(seed: seed)
        let cluster = try exchange.played()
        var arrived = TrafficMatrix(size: exchange.matrix.size)
        for sent in cluster.sent {
            let isNext = arrived[sent.source, sent.destination] == sent.chunk.offset
            let fits = sent.chunk.length <= exchange.pacing.chunk.value
            try #require(isNext && fits && sent.chunk.slip == .zero)
            arrived[sent.source, sent.destination] += sent.chunk.length
        }
        var expected = exchange.matrix
        for rank in exchange.ports.layout.ranks { expected[rank, rank] = 0 }
        #expect(arrived == expected)
        #expect(cluster.machines.allSatisfy { $0.isFinished && $0.missing == nil })
    }

    @Test(arguments: seeds) func `keeps the rate of every egress port`(seed: UInt64) throws {
        let exchange = try RandomExchange(seed: seed)
        var departures: [PortKey: [(depart: Int64, length: Int)]] = [:]
        for sent in try exchange.played().sent {
            let route = exchange.ports.route(from: sent.source, to: sent.destination)
            departures[PortKey(rank: sent.source, port: route.egress), default: []]
                .append((sent.chunk.depart.picoseconds, sent.chunk.length))
        }
        for (key, chunks) in departures {
            let rate = Double(exchange.ports.rate(ofPort: key.port).bandwidth.bytesPerSecond) / 1e12
            // Bytes of chunks i...j against the time between them, for all i <= j at once: what
            // the bytes so far are ahead of the rate, less the least that was before some i.
            var bytes = 0.0
            var aheadMin = Double.infinity
            var burst = 0.0
            for chunk in chunks {
                let due = rate * Double(chunk.depart)
                aheadMin = min(aheadMin, bytes - due)
                bytes += Double(chunk.length)
                burst = max(burst, bytes - due - aheadMin)
            }
            #expect(burst <= Double(exchange.pacing.chunk.value) + 0.01)
        }
    }

    @Test(arguments: seeds) func `never beats its bound`(seed: UInt64) throws {
        let exchange = try RandomExchange(seed: seed)
        let bound = LowerBound(of: exchange.matrix, over: exchange.ports)
        let finish = try exchange.played().finish - Instant.zero
        // The bound is rounded to the nearest picosecond.
        #expect(finish.picoseconds + 1 >= bound.direct.picoseconds)
        #expect(bound.relayed <= bound.direct)
    }

    @Test(arguments: seeds) func `goes the same way twice`(seed: UInt64) throws {
        let one = try RandomExchange(seed: seed).played()
        let other = try RandomExchange(seed: seed).played()
        #expect(one.sent == other.sent)
        #expect(one.machines.map(\.stageEnds) == other.machines.map(\.stageEnds))
    }

    @Test(arguments: seeds) func `ends when the ingress rule says`(seed: UInt64) throws {
        let exchange = try RandomExchange(seed: seed)
        let cluster = try exchange.played()
        var arrivals: [PortKey: [(arrive: Instant, source: Int, sequence: Int, length: Int)]] = [:]
        for sent in cluster.sent {
            let route = exchange.ports.route(from: sent.source, to: sent.destination)
            arrivals[PortKey(rank: sent.destination, port: route.ingress), default: []]
                .append(
                    (
                        sent.chunk.depart + route.latency, sent.source.index,
                        sent.chunk.sequence, sent.chunk.length
                    )
                )
        }
        var ends: [Rank: Instant] = [:]
        for (key, chunks) in arrivals {
            var free = Instant(picoseconds: .min / 2)
            let rate = exchange.ports.rate(ofPort: key.port).bandwidth
            let order = chunks.sorted {
                ($0.arrive.picoseconds, $0.source, $0.sequence)
                    < ($1.arrive.picoseconds, $1.source, $1.sequence)
            }
            for chunk in order {
                free = max(chunk.arrive, free + rate.time(for: ByteCount(chunk.length)))
            }
            ends[key.rank] = max(ends[key.rank] ?? .zero, free)
        }
        for machine in cluster.machines {
            #expect(machine.stageEnds == [ends[machine.rank] ?? .zero])
        }
    }
}
