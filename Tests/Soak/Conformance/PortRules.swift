// The link model once more, from its description: what must have left, arrived and ended when,
// given the order in which chunks left. Sorts whole lists where the engine has queues and heaps.

import ClusterModel
import Exchange
import Links

/// Holds what was sent against the rules of ports.
struct PortRules {
    private let step: SoakCase
    private let sent: [Playback.Sent]
    private let ends: [[Instant]]
    /// Of each sent chunk: when it was at its receiver's port, and when it was in.
    private var arrivals: [Instant]
    private var deliveries: [Instant]

    init(_ step: SoakCase, _ playback: Playback) {
        self.step = step
        sent = playback.sent
        ends = playback.stageEnds
        arrivals = sent.map { $0.chunk.depart }
        deliveries = arrivals
        passShared()
        enter()
    }

    // MARK: Ways

    private func route(_ chunk: Playback.Sent) -> Route {
        step.ports.route(from: chunk.source, to: chunk.stream.peer)
    }

    /// The order of chunks that are somewhere at once.
    private func key(_ index: Int, _ at: Instant) -> (Int64, Int, Int, Int, Int) {
        let one = sent[index]
        let chunk = one.chunk
        return (at.picoseconds, one.source.index, chunk.stage, one.stream.slot, chunk.sequence)
    }

    /// Serves every shared port: first those that chunks come to from their senders, then those
    /// that they come to from there.
    private mutating func passShared() {
        var spans = sent.map {
            step.ports.rate(ofPort: route($0).egress).bandwidth.time(
                for: ByteCount($0.chunk.length)
            )
        }
        serve(&spans) { $0.sharedOut }
        for index in sent.indices { arrivals[index] = arrivals[index] + route(sent[index]).latency }
        serve(&spans) { $0.sharedIn }
    }

    private mutating func serve(_ spans: inout [Interval], _ port: (Route) -> Int?) {
        var queues: [Int: [Int]] = [:]
        for index in sent.indices {
            if let port = port(route(sent[index])) { queues[port, default: []].append(index) }
        }
        for (port, queue) in queues {
            let rate = step.ports.bandwidth(ofSharedPort: port)
            var free = Instant(picoseconds: .min / 2)
            for index in queue.sorted(by: { key($0, arrivals[$0]) < key($1, arrivals[$1]) }) {
                let time = rate.time(for: ByteCount(sent[index].chunk.length))
                let first = max(free, arrivals[index] - spans[index])
                // Bytes of others pass between those of a chunk that come more slowly than it serves.
                free = first + time
                arrivals[index] = max(free, arrivals[index])
                spans[index] = max(spans[index], time)
            }
        }
    }

    /// Serves every ingress port.
    private mutating func enter() {
        var queues: [[Int]: [Int]] = [:]
        for index in sent.indices {
            queues[[sent[index].stream.peer.index, route(sent[index]).ingress], default: []]
                .append(index)
        }
        for (port, queue) in queues {
            let rate = step.ports.rate(ofPort: port[1]).bandwidth
            var free = Instant(picoseconds: .min / 2)
            for index in queue.sorted(by: { key($0, arrivals[$0]) < key($1, arrivals[$1]) }) {
                free = max(
                    arrivals[index],
                    free + rate.time(for: ByteCount(sent[index].chunk.length))
                )
                deliveries[index] = free
            }
        }
    }

    // MARK: Rules

    func check() throws {
        var queues: [[Int]: [Int]] = [:]
        for index in sent.indices {
            queues[[sent[index].source.index, route(sent[index]).egress], default: []].append(index)
        }
        for (port, queue) in queues { try checkEgress(Rank(port[0]), port[1], queue) }
        for rank in step.programs.indices { try checkEnds(Rank(rank)) }
    }

    /// When a rank began a stage.
    private func start(_ rank: Rank, _ stage: Int) -> Instant {
        step.programs[rank.index].stages[stage].after.map { ends[rank.index][$0] }.max() ?? .zero
    }

    /// A flow at a port and the chunks of it, in order.
    private struct Flow {
        let stage: Int
        let stream: OutgoingStream
        var chunks: [Int] = []
        /// When its next chunk asks.
        var asks: Instant
        /// When each of its chunks was there, if they come from elsewhere.
        var supplies: [Instant]
    }

    /// Chunks of a port never overlap; the port is never idle while one asks, and of those that
    /// ask the earliest stage goes first and in it the one that asked first.
    private func checkEgress(_ rank: Rank, _ port: Int, _ queue: [Int]) throws {
        let rate = step.ports.rate(ofPort: port)
        var flows = flows(rank, queue)
        var free = Instant(picoseconds: .min / 2)
        for index in queue {
            let chunk = sent[index].chunk
            let asking = flows.filter { !$0.value.chunks.isEmpty }.values
            let start = max(free, asking.map(\.asks).min() ?? .zero)
            let what = "rank \(rank), port \(port), stage \(chunk.stage), stream \(chunk.stream)"
            try require(chunk.start == start, "\(what) starts at \(chunk.start), not \(start)")
            try require(
                sent[index].at == start,
                "\(what) was sent at \(sent[index].at), not \(start)"
            )
            let key = [chunk.stage, chunk.stream]
            guard let flow = flows[key] else { continue }
            let best = asking.filter { $0.asks <= start }
                .map { ($0.stage, $0.asks.picoseconds) }.min { $0 < $1 }
            try require(
                best.map { $0 == (flow.stage, flow.asks.picoseconds) } ?? false,
                "\(what), which asked at \(flow.asks), goes at \(start) before its turn"
            )
            let isFirst = chunk.sequence == 0 && flow.stream.opensMessage
            let overhead = isFirst ? rate.messageOverhead : .zero
            free = start + rate.bandwidth.time(for: ByteCount(chunk.length)) + overhead
            try require(chunk.depart == free, "\(what) departs at \(chunk.depart), not \(free)")
            try require(flow.chunks.first == index, "\(what) is out of order")
            flows[key]?.chunks.removeFirst()
            let next = chunk.sequence + 1
            flows[key]?.asks = max(free, flow.supplies.count > next ? flow.supplies[next] : free)
        }
    }

    private func flows(_ rank: Rank, _ queue: [Int]) -> [[Int]: Flow] {
        var flows: [[Int]: Flow] = [:]
        for index in queue {
            let (chunk, stream) = (sent[index].chunk, sent[index].stream)
            let key = [chunk.stage, chunk.stream]
            if flows[key] == nil {
                let supplies = supplies(rank, chunk.stage, stream)
                flows[key] = Flow(
                    stage: chunk.stage,
                    stream: stream,
                    asks: max(start(rank, chunk.stage), supplies.first ?? .zero),
                    supplies: supplies
                )
            }
            flows[key]?.chunks.append(index)
        }
        return flows
    }

    /// When the chunks were in that a stream passes on as they come.
    private func supplies(_ rank: Rank, _ stage: Int, _ stream: OutgoingStream) -> [Instant] {
        let role = step.programs[rank.index].stages[stage].role
        guard case .relayed(let round, let feed) = stream.supply, Int(round) == role.round else {
            return []
        }
        return sent.indices.filter {
            sent[$0].stream.peer == rank && sent[$0].chunk.stage == stage
                && sent[$0].stream.slot == Int(feed)
        }.map { deliveries[$0] }
    }

    /// Stages end when what they wait for is in.
    private func checkEnds(_ rank: Rank) throws {
        for (stage, entry) in step.programs[rank.index].stages.enumerated() {
            var end = start(rank, stage)
            switch entry.work {
            case .wait(let length): end = end + length
            case .exchange(let exchange):
                for index in sent.indices where sent[index].chunk.stage == stage {
                    let one = sent[index]
                    if one.stream.peer == rank,
                        exchange.end != .ownBytes || one.stream.run.final == rank
                    {
                        end = max(end, deliveries[index])
                    }
                    if one.source == rank, exchange.end == .bothWays {
                        end = max(end, one.chunk.depart)
                    }
                }
            }
            let seen = ends[rank.index][stage]
            try require(seen == end, "rank \(rank) ends stage \(stage) at \(seen), not \(end)")
        }
    }
}
