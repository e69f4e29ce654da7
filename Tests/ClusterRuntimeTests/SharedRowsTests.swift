import ClusterModel
import Exchange
import Testing

@testable import ClusterRuntime

/// Ranks whose tokens have several experts, and copies of them that experts of a node share.
private final class SharingCluster {
    let traffic: ExpertTraffic
    let rows: [SharedRows]
    private let buffers: [ExchangeBuffers]
    private let parts: Int
    /// Tokens of a rank.
    static let tokens = 12

    init(seed: UInt64, parts: Int) throws {
        var plan = try PlayedCluster.plan(parts: parts)
        (plan.model.hidden, plan.model.experts) = (32, 8)
        self.parts = parts
        let traffic = ExpertTraffic(plan)
        let ranks = traffic.layout.ranks
        let grouped = ranks.map { rank in
            var random = SeededRandom(seed: seed, UInt64(rank.index))
            var slots: [[Int]] = Array(repeating: [], count: 8)
            for token in 0..<Self.tokens {
                for expert in 0..<8 where random.next(below: 4) == 0 { slots[expert].append(token) }
            }
            return traffic.grouped(slots, from: rank)
        }
        let buffers = ranks.map { _ in ExchangeBuffers() }
        self.traffic = traffic
        self.buffers = buffers
        rows = ranks.map { rank in
            SharedRows(
                rank: rank,
                own: grouped[rank.index],
                announced: grouped.map { SharedCounts($0, to: rank, traffic) },
                traffic: traffic,
                cut: MessageCut(parts: parts, unit: plan.model.tokenBytes.value),
                buffers: buffers[rank.index]
            )
        }
    }

    /// What a token of a rank looks like on the wire.
    static func fill(_ bytes: UnsafeMutableRawBufferPointer, token: Int, of rank: Rank) {
        for index in bytes.indices {
            bytes[index] = UInt8(truncatingIfNeeded: index * 7 + token * 31 + rank.index * 101)
        }
        let stamp = TokenStamp(
            serial: 5,
            source: UInt32(rank.index),
            token: UInt32(token),
            expert: TokenStamp.shared
        )
        stamp.store(into: bytes)
    }

    /// Dispatch, gather, return, in the parts' order; `touch` changes what came back to rank 0.
    func play(touch: (PayloadRegion) -> Void = { _ in }) {
        for (rank, rows) in rows.enumerated() {
            rows.pack { Self.fill($0, token: $1, of: Rank(rank)) }
        }
        move(from: \.outgoing) { $0.visiting }
        end(.dispatch, round: 0)
        move(from: \.answers) { $0.gathered }
        end(.combine, round: 0)
        move(from: \.sums) { $0.returned }
        end(.combine, round: 1)
        touch(buffers[0].returned)
    }

    private func move(
        from source: (ExchangeBuffers) -> PayloadRegion,
        to destination: (ExchangeBuffers) -> PayloadRegion
    ) {
        for from in buffers.indices {
            for to in buffers.indices where to != from {
                let bytes = source(buffers[from]).bytes(of: to)
                let place = destination(buffers[to]).bytes(of: from)
                #expect(bytes.count == place.count, "from \(from) to \(to)")
                place.copyMemory(from: UnsafeRawBufferPointer(bytes))
            }
        }
    }

    private func end(_ kind: StageKind, round: Int) {
        for part in 0..<parts {
            for rows in rows {
                rows.stageEnded(StageRole(kind, part: part, round: round, isShared: true))
            }
        }
    }

    /// What each rank has verified, and the sums of its tokens.
    func verify() -> [(verification: Verification, digest: UInt32)] {
        let bytes = traffic.tokenBytes.value
        return rows.enumerated().map { rank, rows in
            var verification = Verification()
            let outcome = TokenSums(tokens: Self.tokens, tokenBytes: bytes)
            for source in traffic.layout.ranks {
                rows.verifyVisitors(from: source, tokens: Self.tokens, &verification) {
                    Self.fill($0, token: $1, of: source)
                }
            }
            rows.verifyReturned(&verification, outcome) {
                Self.fill($0, token: $1, of: Rank(rank))
            }
            return (verification, outcome.digest)
        }
    }
}

@Suite struct `Copies that experts of a node share` {
    @Test(arguments: UInt64(0)..<6, [1, 2, 5])
    func `come back as the sum of what their experts make of them`(
        seed: UInt64,
        parts: Int
    ) throws {
        let cluster = try SharingCluster(seed: seed, parts: parts)
        cluster.play()
        let whole = try SharingCluster(seed: seed, parts: 1)
        whole.play()
        for (seen, expected) in zip(cluster.verify(), whole.verify()) {
            #expect(seen.verification.mismatches == 0, "\(seen.verification.firstMismatch)")
            #expect(seen.verification.tokens > 0)
            #expect(seen.digest == expected.digest)
        }
    }

    @Test func `are missed where a byte of a sum is another one`() throws {
        let cluster = try SharingCluster(seed: 3, parts: 2)
        cluster.play { returned in
            // From the node of ranks 2 and 3, by the NPU at its own place.
            let bytes = returned.bytes(of: 2)
            bytes[bytes.count - 1] ^= 4
        }
        let seen = cluster.verify().map(\.verification)
        #expect(seen.map(\.mismatches) == [1, 0, 0, 0])
        #expect(seen[0].firstMismatch.contains("is not what its experts make of it"))
    }
}
