// The bytes of a layer whose tokens cross to a node once: packed, handed to experts, summed on the
// NPU and then on the node's rail NPU, and proven.

import ClusterModel
import Exchange
import Wire

/// One rank's copies of tokens, its own and those of others.
final class SharedRows {
    private let rank: Rank
    private let own: GroupedTokens
    private let announced: [SharedCounts]
    private let traffic: ExpertTraffic
    private let cut: MessageCut
    private let buffers: ExchangeBuffers
    private let tokenBytes: Int
    /// Messages that this rank sends, and those it gets.
    private let copies: TokenCopies

    private typealias Bytes = UnsafeMutableRawBufferPointer

    /// `announced` is what each rank, this one included, has said.
    init(
        rank: Rank,
        own: GroupedTokens,
        announced: [SharedCounts],
        traffic: ExpertTraffic,
        cut: MessageCut,
        buffers: ExchangeBuffers
    ) {
        self.rank = rank
        self.own = own
        self.announced = announced
        self.traffic = traffic
        self.cut = cut
        self.buffers = buffers
        tokenBytes = traffic.tokenBytes.value
        // Of others it knows the groups on its own node, which are all that concern it.
        var groups = announced.map(\.groups)
        groups[rank.index] = own.groups
        copies = TokenCopies(groups, layout: traffic.layout, tokenBytes: tokenBytes)
        buffers.outgoing.resize(copies.dispatch.row(rank))
        buffers.visiting.resize(copies.dispatch.column(rank))
        buffers.answers.resize(copies.gather.row(rank))
        buffers.gathered.resize(copies.gather.column(rank))
        buffers.sums.resize(copies.returning.row(rank))
        buffers.returned.resize(copies.returning.column(rank))
    }

    /// Bytes of each message of the three exchanges.
    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        let exchanges = [copies.dispatch, copies.gather, copies.returning]
        return (exchanges.map { $0.row(rank) }, exchanges.map { $0.column(rank) })
    }

    /// Where the gather and the returning exchange bring their bytes.
    func incoming(exchange: Int) -> PayloadRegion {
        exchange == 1 ? buffers.gathered : buffers.returned
    }

    /// Writes each token's copy where it leaves.
    func pack(_ fill: (UnsafeMutableRawBufferPointer, _ token: Int) -> Void) {
        for final in traffic.layout.ranks {
            let message = buffers.outgoing.bytes(of: final.index)
            copies.forEachGroup(from: rank, to: final) { group, offset in
                for (index, copy) in own.copies[group].enumerated() {
                    fill(row(index, of: message, at: offset), copy.token)
                }
            }
        }
    }

    // MARK: Under way

    func stageEnded(_ role: StageRole) {
        switch (role.kind, role.round) {
        case (.dispatch, _): if role.isLastRound { answer(role.part) }
        case (.combine, 0): sum(role.part)
        default: break
        }
    }

    /// Lets the experts work on one part of what came: one row for each copy, summed over its
    /// experts here.
    private func answer(_ part: Int) {
        let layout = traffic.layout
        keep(part, from: buffers.outgoing, to: buffers.visiting) {
            copies.forEachGroup(from: rank, to: rank, $0)
        }
        let scratch = Bytes.allocate(byteCount: tokenBytes, alignment: 64)
        defer { scratch.deallocate() }
        for place in 0..<layout.npusPerNode {
            let rail = layout.rank(on: layout.node(of: rank), index: place)
            let answers = buffers.answers.bytes(of: rail.index)
            var firsts = Array(repeating: (offset: 0, copy: 0), count: layout.world)
            copies.forEachGathered(from: rank, to: rail) { origin, group, offset in
                let tokens = copies.groups[origin.index][group].tokens
                let first = firsts[origin.index]
                let message = buffers.visiting.bytes(of: origin.index)
                for index in rows(of: tokens, part) {
                    let result = row(index, of: answers, at: offset)
                    let token = row(index, of: message, at: first.offset)
                    result.initializeMemory(as: UInt8.self, repeating: 0)
                    for expert in announced[origin.index].experts[first.copy + index] {
                        TokenPayload.work(.init(token), into: scratch, expert: expert)
                        TokenPayload.add(.init(scratch), to: result)
                    }
                }
                firsts[origin.index].offset += tokens * tokenBytes
                firsts[origin.index].copy += tokens
            }
        }
    }

    /// Sums one part of what the NPUs of this node have made of tokens whose rail NPU this is.
    private func sum(_ part: Int) {
        let layout = traffic.layout
        // Where each NPU's rows of a group begin in its message, -1 where it has none.
        var begins: [[Int]] = []
        var numbers: [[Int: Int]] = Array(repeating: [:], count: layout.world)
        for place in 0..<layout.npusPerNode {
            let mate = layout.rank(on: layout.node(of: rank), index: place)
            copies.forEachGathered(from: mate, to: rank) { origin, group, offset in
                if numbers[origin.index][group] == nil {
                    numbers[origin.index][group] = begins.count
                    begins.append(Array(repeating: -1, count: layout.npusPerNode))
                }
                begins[numbers[origin.index][group] ?? 0][place] = offset
            }
        }
        for origin in layout.ranks {
            let sums = buffers.sums.bytes(of: origin.index)
            copies.forEachReturned(from: rank, to: origin) { group, offset in
                guard let number = numbers[origin.index][group] else { return }
                let tokens = copies.groups[origin.index][group].tokens
                for index in rows(of: tokens, part) {
                    let sum = row(index, of: sums, at: offset)
                    sum.initializeMemory(as: UInt8.self, repeating: 0)
                    for (place, begin) in begins[number].enumerated() where begin >= 0 {
                        let mate = layout.rank(on: layout.node(of: rank), index: place)
                        // What this NPU's own experts made has not moved.
                        let message =
                            mate == rank
                            ? buffers.answers.bytes(of: rank.index)
                            : buffers.gathered.bytes(of: mate.index)
                        TokenPayload.add(.init(row(index, of: message, at: begin)), to: sum)
                    }
                }
            }
        }
        keep(part, from: buffers.sums, to: buffers.returned) {
            copies.forEachReturned(from: rank, to: rank, $0)
        }
    }

    /// Copies one part of what a rank has for itself, group by group.
    private func keep(
        _ part: Int,
        from source: PayloadRegion,
        to destination: PayloadRegion,
        _ forEach: ((_ group: Int, _ offset: Int) -> Void) -> Void
    ) {
        let from = source.bytes(of: rank.index)
        let to = destination.bytes(of: rank.index)
        forEach { group, offset in
            let tokens = copies.groups[rank.index][group].tokens
            let range = cut.range(part, of: tokens * tokenBytes)
            let run = offset + range.lowerBound..<offset + range.upperBound
            Bytes(rebasing: to[run]).copyMemory(from: .init(rebasing: from[run]))
        }
    }

    /// The tokens of a group that travel in a part.
    private func rows(of tokens: Int, _ part: Int) -> Range<Int> {
        let range = cut.range(part, of: tokens * tokenBytes)
        return range.lowerBound / tokenBytes..<range.upperBound / tokenBytes
    }

    private func row(
        _ index: Int,
        of message: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) -> UnsafeMutableRawBufferPointer {
        let start = offset + index * tokenBytes
        return Bytes(rebasing: message[start..<start + tokenBytes])
    }

    // MARK: Proof

    /// Each copy from `source` is a token of its batch of `tokens`, byte for byte, and none came
    /// twice; `fill` writes what a token's copy must be.
    func verifyVisitors(
        from source: Rank,
        tokens: Int,
        _ verification: inout Verification,
        _ fill: (UnsafeMutableRawBufferPointer, _ token: Int) -> Void
    ) {
        let expected = Bytes.allocate(byteCount: tokenBytes, alignment: 64)
        defer { expected.deallocate() }
        let message = buffers.visiting.bytes(of: source.index)
        var seen: Set<Int> = []
        for index in 0..<message.count / tokenBytes {
            let bytes = UnsafeRawBufferPointer(row(index, of: message, at: 0))
            let token = Int(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            )
            guard token < tokens else {
                verification.mismatch("copy \(index) from rank \(source) names no token")
                continue
            }
            if !seen.insert(token).inserted {
                verification.mismatch("token \(token) of rank \(source) came here twice")
            }
            fill(expected, token)
            if !TokenPayload.areEqual(bytes, UnsafeRawBufferPointer(expected)) {
                verification.mismatch("copy \(index) from rank \(source) is not as it was sent")
            }
        }
        verification.bytes += message.count
    }

    /// What came back of each token from a node is the sum of what its experts there make of it,
    /// byte for byte; `outcome` gets the sums over all nodes.
    func verifyReturned(
        _ verification: inout Verification,
        _ outcome: TokenSums,
        _ fill: (UnsafeMutableRawBufferPointer, _ token: Int) -> Void
    ) {
        let rows = Bytes.allocate(byteCount: 3 * tokenBytes, alignment: 64)
        defer { rows.deallocate() }
        let token = row(0, of: rows, at: 0)
        let worked = row(1, of: rows, at: 0)
        let expected = row(2, of: rows, at: 0)
        for node in 0..<traffic.layout.nodes {
            let rail = traffic.layout.rail(of: rank, on: NodeIndex(node))
            let message = buffers.returned.bytes(of: rail.index)
            copies.forEachReturned(from: rail, to: rank) { group, offset in
                for (index, copy) in own.copies[group].enumerated() {
                    fill(token, copy.token)
                    expected.initializeMemory(as: UInt8.self, repeating: 0)
                    for expert in copy.experts {
                        TokenPayload.work(.init(token), into: worked, expert: expert)
                        TokenPayload.add(.init(worked), to: expected)
                    }
                    let bytes = UnsafeRawBufferPointer(row(index, of: message, at: offset))
                    outcome.add(bytes, to: copy.token)
                    guard TokenPayload.areEqual(bytes, .init(expected)) else {
                        verification.mismatch(
                            "the sum of token \(copy.token) from node \(node) is not what its "
                                + "experts make of it"
                        )
                        continue
                    }
                    verification.tokens += copy.experts.count
                }
            }
            verification.bytes += message.count
        }
    }
}
