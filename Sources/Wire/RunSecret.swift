// What tells our processes from strangers: a secret of 32 random bytes that the coordinator
// makes for each run and hands to its workers through a pipe. It never travels; what travels is
// proof of knowing it, bound to both sides' nonces (libsodium's crypto_auth, HMAC-SHA-512-256).

import CSodium

/// The secret of one run.
public struct RunSecret: Sendable {
    /// Bytes of a secret, of a nonce and of a proof.
    public static let size = 32

    public let bytes: [UInt8]

    /// A fresh one from the kernel's randomness.
    public init() { bytes = Self.nonce() }

    /// One that came through a pipe; `nil` unless it has the right size.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.size, sodium_init() >= 0 else { return nil }
        self.bytes = bytes
    }

    /// Random bytes that no two handshakes share.
    public static func nonce() -> [UInt8] {
        // 1 means "done before"; a negative result would leave us without randomness.
        guard sodium_init() >= 0 else { fatalError("libsodium cannot be initialised") }
        var bytes = [UInt8](repeating: 0, count: size)
        unsafe randombytes_buf(&bytes, bytes.count)
        return bytes
    }

    /// Proof of knowing the secret, for one purpose, one rank and one pair of nonces.
    public func proof(
        _ purpose: HandshakePurpose,
        rank: Int,
        challenge: [UInt8],
        answer: [UInt8]
    ) -> [UInt8] {
        var message = [purpose.rawValue]
        unsafe withUnsafeBytes(of: UInt32(truncatingIfNeeded: rank).littleEndian) {
            unsafe message.append(contentsOf: $0)
        }
        message += challenge + answer
        var proof = [UInt8](repeating: 0, count: Int(crypto_auth_BYTES))
        unsafe crypto_auth(&proof, message, UInt64(message.count), bytes)
        return proof
    }

    /// Compares in constant time.
    public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        unsafe a.count == b.count && !a.isEmpty && sodium_memcmp(a, b, a.count) == 0
    }
}

/// What a proof is good for; none can be replayed for another.
public enum HandshakePurpose: UInt8, Sendable {
    /// A worker to the coordinator.
    case join = 1
    /// The coordinator to a worker.
    case welcome = 2
    /// A worker to another worker.
    case mesh = 3
    case meshWelcome = 4
}
