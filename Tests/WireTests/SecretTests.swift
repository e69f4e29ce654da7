import ClusterModel
import Testing
import Wire

@Suite struct `Proof of a run's secret` {
    private let secret = RunSecret()
    private let challenge = RunSecret.nonce()
    private let answer = RunSecret.nonce()
    private let purposes: [HandshakePurpose] = [.join, .welcome, .mesh, .meshWelcome]

    @Test func `is the same on both sides`() throws {
        let other = try #require(RunSecret(bytes: secret.bytes))
        let proof = secret.proof(.join, rank: 3, challenge: challenge, answer: answer)
        #expect(proof == other.proof(.join, rank: 3, challenge: challenge, answer: answer))
        #expect(proof.count == RunSecret.size)
    }

    @Test func `is good for one purpose, one rank and one pair of nonces`() {
        var proofs: Set<[UInt8]> = []
        for purpose in purposes {
            for rank in 0..<8 {
                for (one, other) in [
                    (challenge, answer), (answer, challenge), (challenge, challenge),
                ] {
                    proofs.insert(
                        secret.proof(purpose, rank: rank, challenge: one, answer: other)
                    )
                }
            }
        }
        #expect(proofs.count == 4 * 8 * 3)
    }

    @Test func `differs with every bit of a nonce`() {
        var proofs: Set<[UInt8]> = []
        for bit in 0..<RunSecret.size * 8 {
            var nonce = challenge
            nonce[bit / 8] ^= 1 << (bit % 8)
            proofs.insert(secret.proof(.mesh, rank: 0, challenge: nonce, answer: answer))
        }
        proofs.insert(secret.proof(.mesh, rank: 0, challenge: challenge, answer: answer))
        #expect(proofs.count == RunSecret.size * 8 + 1)
    }

    @Test func `of another run is another`() {
        let proof = secret.proof(.join, rank: 0, challenge: challenge, answer: answer)
        let stranger = RunSecret().proof(.join, rank: 0, challenge: challenge, answer: answer)
        #expect(!RunSecret.areEqual(proof, stranger))
    }

    @Test func `is compared as a whole, and nothing equals nothing`() {
        let proof = secret.proof(.join, rank: 0, challenge: challenge, answer: answer)
        #expect(RunSecret.areEqual(proof, proof))
        for index in proof.indices {
            var other = proof
            other[index] ^= 1
            #expect(!RunSecret.areEqual(proof, other))
        }
        #expect(!RunSecret.areEqual(proof, Array(proof.dropLast())))
        #expect(!RunSecret.areEqual(proof, proof + [0]))
        #expect(!RunSecret.areEqual([], []))
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func `needs a secret of 32 bytes`(size: Int) {
        #expect(RunSecret(bytes: Array(repeating: 1, count: size)) == nil)
    }

    @Test func `never sees a nonce twice`() {
        #expect(Set((0..<100).map { _ in RunSecret.nonce() }).count == 100)
    }
}
