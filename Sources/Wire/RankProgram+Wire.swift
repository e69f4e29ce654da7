// A rank's program on its way to its worker. What comes is checked for shape here: indices that
// point at nothing are refused, so that no machine is built from them.

import CProtobufC
import CWire
import ClusterModel
import Exchange

extension RankProgram {
    func fill(_ raw: inout Wire__Program, _ arena: PackingArena) {
        let messages = stages.map { stage in
            Optional(arena.message(wire__stage__init) { stage.fill(&$0, arena) })
        }
        (raw.n_stages, raw.stages) = arena.array(messages)
    }

    /// The most stages of a step: pairwise rounds of 4,096 ranks, forth and back.
    private static let stagesMax = 1 << 14

    init(_ raw: Wire__Program) throws(ControlError) {
        guard raw.n_stages <= Self.stagesMax else { throw .invalid("\(raw.n_stages) stages") }
        var stages: [Stage] = []
        for index in 0..<raw.n_stages {
            guard let stage = raw.stages[index] else { throw .invalid("a stage without a body") }
            stages.append(try Stage(stage.pointee, index: index))
        }
        self.init(stages)
        try checkSupplies()
    }

    /// Every relayed stream points at one that this rank receives, of the same bytes.
    private func checkSupplies() throws(ControlError) {
        for (index, stage) in stages.enumerated() {
            for send in stage.exchange?.sends ?? [] {
                guard case .relayed(let round, let stream) = send.supply else { continue }
                let from = index - stage.role.round + Int(round)
                guard round <= stage.role.round, stages.indices.contains(from),
                    let receives = stages[from].exchange?.receives,
                    receives.indices.contains(Int(stream)),
                    receives[Int(stream)].run.bytes == send.run.bytes
                else { throw .invalid("a relay of a stream that does not come") }
            }
        }
    }
}

extension RankProgram.Stage {
    fileprivate func fill(_ raw: inout Wire__Stage, _ arena: PackingArena) {
        raw.kind = arena.string(role.kind.rawValue)
        raw.part = UInt32(role.part)
        raw.round = UInt32(role.round)
        raw.last_round = role.isLastRound ? 1 : 0
        (raw.n_after, raw.after) = arena.array(after.map(UInt32.init))
        switch work {
        case .wait(let length):
            raw.wait_ps = length.picoseconds
        case .exchange(let exchange):
            raw.transfers = arena.message(wire__transfers__init) { exchange.fill(&$0, arena) }
        }
    }

    fileprivate init(_ raw: Wire__Stage, index: Int) throws(ControlError) {
        guard let kind = StageKind(rawValue: text(raw.kind)) else {
            throw .invalid("a stage of kind \(text(raw.kind))")
        }
        let after = UnsafeBufferPointer(start: raw.after, count: raw.n_after).map(Int.init)
        guard after.allSatisfy({ $0 < index }), Int(raw.round) <= index else {
            throw .invalid("stage \(index) after \(after)")
        }
        let role = StageRole(
            kind,
            part: Int(raw.part),
            round: Int(raw.round),
            isLastRound: raw.last_round != 0
        )
        guard let transfers = raw.transfers else {
            guard (0...Int64(1) << 48).contains(raw.wait_ps) else {
                throw .invalid("a wait of \(raw.wait_ps) ps")
            }
            self.init(role, after: after, .wait(Interval(picoseconds: raw.wait_ps)))
            return
        }
        self.init(role, after: after, .exchange(try RankExchange(transfers.pointee)))
    }
}

extension RankExchange {
    fileprivate func fill(_ raw: inout Wire__Transfers, _ arena: PackingArena) {
        raw.end = arena.string(end.rawValue)
        raw.sends = arena.message(wire__streams__init) { streams in
            streams.fill(peers: sends.map(\.peer), runs: sends.map(\.run), arena)
            (streams.n_slot, streams.slot) = arena.array(sends.map { UInt32($0.slot) })
            (streams.n_opens, streams.opens) = arena.array(
                sends.map { $0.opensMessage ? UInt32(1) : 0 }
            )
            let feeds = sends.map { $0.supply.feed }
            (streams.n_feed_round, streams.feed_round) = arena.array(feeds.map(\.round))
            (streams.n_feed_stream, streams.feed_stream) = arena.array(feeds.map(\.stream))
        }
        raw.receives = arena.message(wire__streams__init) {
            $0.fill(peers: receives.map(\.peer), runs: receives.map(\.run), arena)
        }
    }

    fileprivate init(_ raw: Wire__Transfers) throws(ControlError) {
        guard let end = ExchangeEnd(rawValue: text(raw.end)), let sends = raw.sends,
            let receives = raw.receives
        else { throw .invalid("an exchange that ends with \(text(raw.end))") }
        self.init(
            sends: try sends.pointee.outgoing(),
            receives: try receives.pointee.rows().map {
                IncomingStream(peer: $0.peer, run: $0.run)
            },
            end: end
        )
    }
}

extension StreamSupply {
    /// Round and stream, each plus one; zeros of own bytes.
    fileprivate var feed: (round: UInt32, stream: UInt32) {
        switch self {
        case .own: (0, 0)
        case .relayed(let round, let stream): (UInt32(round) + 1, UInt32(stream) + 1)
        }
    }

    fileprivate init(round: UInt32, stream: UInt32) throws(ControlError) {
        guard round > 0, stream > 0 else {
            self = .own
            return
        }
        guard round < 1 << 20, stream < 1 << 30 else { throw .invalid("a feed far away") }
        self = .relayed(round: Int32(round - 1), stream: Int32(stream - 1))
    }
}

extension Wire__Streams {
    fileprivate mutating func fill(peers: [Rank], runs: [MessageRun], _ arena: PackingArena) {
        (n_peer, peer) = arena.array(peers.map { UInt32($0.index) })
        (n_origin, origin) = arena.array(runs.map { UInt32($0.origin.index) })
        (n_final, self.final) = arena.array(runs.map { UInt32($0.final.index) })
        (n_offset, offset) = arena.array(runs.map { UInt64($0.offset) })
        (n_bytes, bytes) = arena.array(runs.map { UInt64($0.bytes) })
        (n_quantum, quantum) = arena.array(runs.map { UInt32($0.quantum) })
    }

    /// The most bytes of a message, and the most ranks of a world.
    private static let bytesMax: UInt64 = 1 << 44
    private static let ranksMax: UInt32 = 1 << 20

    fileprivate func rows() throws(ControlError) -> [(peer: Rank, run: MessageRun)] {
        let count = n_peer
        guard [n_origin, n_final, n_offset, n_bytes, n_quantum].allSatisfy({ $0 == count }) else {
            throw .invalid("columns of streams that differ in length")
        }
        var rows: [(peer: Rank, run: MessageRun)] = []
        rows.reserveCapacity(count)
        for index in 0..<count {
            guard peer[index] < Self.ranksMax, origin[index] < Self.ranksMax,
                self.final[index] < Self.ranksMax, bytes[index] > 0,
                bytes[index] <= Self.bytesMax, offset[index] <= Self.bytesMax,
                quantum[index] <= 1 << 28
            else { throw .invalid("a stream out of range") }
            let run = MessageRun(
                origin: Rank(Int(origin[index])),
                final: Rank(Int(self.final[index])),
                offset: Int(offset[index]),
                bytes: Int(bytes[index]),
                quantum: Int(quantum[index])
            )
            rows.append((Rank(Int(peer[index])), run))
        }
        return rows
    }

    fileprivate func outgoing() throws(ControlError) -> [OutgoingStream] {
        let rows = try rows()
        guard [n_slot, n_opens, n_feed_round, n_feed_stream].allSatisfy({ $0 == rows.count })
        else { throw .invalid("columns of streams that differ in length") }
        var streams: [OutgoingStream] = []
        streams.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            guard slot[index] < 1 << 30 else { throw .invalid("a stream out of range") }
            streams.append(
                OutgoingStream(
                    peer: row.peer,
                    slot: Int(slot[index]),
                    run: row.run,
                    supply: try StreamSupply(round: feed_round[index], stream: feed_stream[index]),
                    opensMessage: opens[index] != 0
                )
            )
        }
        return streams
    }
}
