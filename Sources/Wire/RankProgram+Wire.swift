// A rank's program on its way to its worker. What comes is checked for shape here: indices that
// point at nothing are refused, so that no machine is built from them.

import CProtobufC
import CWire
import ClusterModel
import Exchange
import Links

extension RankProgram {
    func fill(_ raw: inout Wire__Program, _ arena: PackingArena) {
        let messages = unsafe stages.map { stage in
            unsafe Optional(arena.message(wire__stage__init) { unsafe stage.fill(&$0, arena) })
        }
        unsafe (raw.n_stages, raw.stages) = unsafe arena.array(messages)
        let impaired = unsafe impairments.map { way in
            unsafe Optional(
                arena.message(wire__impairment__init) { unsafe way.fill(&$0, arena) }
            )
        }
        unsafe (raw.n_impairments, raw.impairments) = unsafe arena.array(impaired)
        unsafe (raw.n_watched, raw.watched) = unsafe arena.ranks(watched)
    }

    /// The most stages of a step: pairwise rounds of 4,096 ranks, forth and back.
    private static let stagesMax = 1 << 14

    init(_ raw: Wire__Program) throws(ControlError) {
        // A rank without a stage would never say that it has finished.
        guard unsafe (1...Self.stagesMax).contains(raw.n_stages) else {
            throw .invalid(unsafe "\(raw.n_stages) stages")
        }
        var stages: [Stage] = []
        for index in unsafe 0..<raw.n_stages {
            guard let stage = unsafe raw.stages[index] else {
                throw .invalid("a stage without a body")
            }
            unsafe stages.append(try Stage(stage.pointee, index: index))
        }
        self.init(stages)
        try checkSupplies()
        for index in unsafe 0..<raw.n_impairments {
            guard let way = unsafe raw.impairments[index] else {
                throw .invalid("an empty impairment")
            }
            unsafe impairments.append(try LinkImpairment(way.pointee))
        }
        watched = unsafe ranks(raw.n_watched, raw.watched)
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
        unsafe raw.kind = unsafe arena.string(role.kind.rawValue)
        unsafe raw.part = UInt32(role.part)
        unsafe raw.round = UInt32(role.round)
        unsafe raw.last_round = role.isLastRound ? 1 : 0
        unsafe raw.shared = role.isShared ? 1 : 0
        unsafe (raw.n_after, raw.after) = unsafe arena.array(after.map(UInt32.init))
        switch work {
        case .wait(let length):
            unsafe raw.wait_ps = length.picoseconds
        case .exchange(let exchange):
            unsafe raw.transfers = unsafe arena.message(wire__transfers__init) {
                unsafe exchange.fill(&$0, arena)
            }
        }
    }

    fileprivate init(_ raw: Wire__Stage, index: Int) throws(ControlError) {
        guard let kind = unsafe StageKind(rawValue: text(raw.kind)) else {
            throw .invalid(unsafe "a stage of kind \(text(raw.kind))")
        }
        let after = unsafe UnsafeBufferPointer(start: raw.after, count: raw.n_after).map(Int.init)
        guard after.allSatisfy({ $0 < index }), unsafe Int(raw.round) <= index else {
            throw .invalid("stage \(index) after \(after)")
        }
        let role = unsafe StageRole(
            kind,
            part: Int(raw.part),
            round: Int(raw.round),
            isLastRound: raw.last_round != 0,
            isShared: raw.shared != 0
        )
        guard let transfers = unsafe raw.transfers else {
            guard unsafe (0...Int64(1) << 48).contains(raw.wait_ps) else {
                throw .invalid(unsafe "a wait of \(raw.wait_ps) ps")
            }
            unsafe self.init(role, after: after, .wait(Interval(picoseconds: raw.wait_ps)))
            return
        }
        unsafe self.init(role, after: after, .exchange(try RankExchange(transfers.pointee)))
    }
}

extension RankExchange {
    fileprivate func fill(_ raw: inout Wire__Transfers, _ arena: PackingArena) {
        unsafe raw.end = unsafe arena.string(end.rawValue)
        unsafe raw.sends = unsafe arena.message(wire__streams__init) { streams in
            unsafe streams.fill(peers: sends.map(\.peer), runs: sends.map(\.run), arena)
            unsafe (streams.n_slot, streams.slot) = unsafe arena.array(
                sends.map { UInt32($0.slot) }
            )
            unsafe (streams.n_opens, streams.opens) = unsafe arena.array(
                sends.map { $0.opensMessage ? UInt32(1) : 0 }
            )
            let feeds = sends.map { $0.supply.feed }
            unsafe (streams.n_feed_round, streams.feed_round) = unsafe arena.array(
                feeds.map(\.round)
            )
            unsafe (streams.n_feed_stream, streams.feed_stream) = unsafe arena.array(
                feeds.map(\.stream)
            )
        }
        unsafe raw.receives = unsafe arena.message(wire__streams__init) {
            unsafe $0.fill(peers: receives.map(\.peer), runs: receives.map(\.run), arena)
        }
    }

    fileprivate init(_ raw: Wire__Transfers) throws(ControlError) {
        guard let end = unsafe ExchangeEnd(rawValue: text(raw.end)), let sends = unsafe raw.sends,
            let receives = unsafe raw.receives
        else { throw .invalid(unsafe "an exchange that ends with \(text(raw.end))") }
        unsafe self.init(
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
        unsafe (n_peer, peer) = unsafe arena.array(peers.map { UInt32($0.index) })
        unsafe (n_origin, origin) = unsafe arena.array(runs.map { UInt32($0.origin.index) })
        unsafe (n_final, self.final) = unsafe arena.array(runs.map { UInt32($0.final.index) })
        unsafe (n_offset, offset) = unsafe arena.array(runs.map { UInt64($0.offset) })
        unsafe (n_bytes, bytes) = unsafe arena.array(runs.map { UInt64($0.bytes) })
        unsafe (n_quantum, quantum) = unsafe arena.array(runs.map { UInt32($0.quantum) })
    }

    /// The most bytes of a message, and the most ranks of a world.
    private static let bytesMax: UInt64 = 1 << 44
    private static let ranksMax: UInt32 = 1 << 20

    fileprivate func rows() throws(ControlError) -> [(peer: Rank, run: MessageRun)] {
        let count = unsafe n_peer
        guard unsafe [n_origin, n_final, n_offset, n_bytes, n_quantum].allSatisfy({ $0 == count })
        else {
            throw .invalid("columns of streams that differ in length")
        }
        var rows: [(peer: Rank, run: MessageRun)] = []
        rows.reserveCapacity(count)
        for index in 0..<count {
            guard unsafe peer[index] < Self.ranksMax, unsafe origin[index] < Self.ranksMax,
                unsafe self.final[index] < Self.ranksMax, unsafe bytes[index] > 0,
                unsafe bytes[index] <= Self.bytesMax, unsafe offset[index] <= Self.bytesMax,
                unsafe quantum[index] <= 1 << 28
            else { throw .invalid("a stream out of range") }
            let run = unsafe MessageRun(
                origin: Rank(Int(origin[index])),
                final: Rank(Int(self.final[index])),
                offset: Int(offset[index]),
                bytes: Int(bytes[index]),
                quantum: Int(quantum[index])
            )
            unsafe rows.append((Rank(Int(peer[index])), run))
        }
        return rows
    }

    fileprivate func outgoing() throws(ControlError) -> [OutgoingStream] {
        let rows = try unsafe rows()
        guard
            unsafe [n_slot, n_opens, n_feed_round, n_feed_stream].allSatisfy({ $0 == rows.count })
        else { throw .invalid("columns of streams that differ in length") }
        var streams: [OutgoingStream] = []
        streams.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            guard unsafe slot[index] < 1 << 30 else { throw .invalid("a stream out of range") }
            unsafe streams.append(
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
