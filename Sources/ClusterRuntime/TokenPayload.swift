// What a token's activation looks like on the wire: a stamp that says which token it is, then its
// real features in the emulated type, repeated up to the emulated hidden size. Every byte follows
// from the token and the stamp, so every byte can be checked on arrival.

import ClusterModel
import Glibc
import TokenData

/// Which (token, expert) pair a payload is of.
struct TokenStamp: Equatable {
    static let size = 16
    /// Where the expert stands in it.
    static let expertBytes = 12..<16

    var serial: UInt32
    var source: UInt32
    /// Index in the source's batch; `emptySlot` where no token fills the slot.
    var token: UInt32
    var expert: UInt32

    static let emptySlot = UInt32.max
    /// Stands for the expert in a copy that several experts may share.
    static let shared = UInt32.max - 1

    func store(into bytes: UnsafeMutableRawBufferPointer) {
        for (index, word) in [serial, source, token, expert].enumerated() {
            bytes.storeBytes(of: word.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        }
    }
}

/// Builds and checks the payload of tokens.
struct TokenPayload {
    let tokenBytes: Int
    private let element: ElementType
    private let store: TokenStore

    init(model: ModelShape, store: TokenStore) {
        tokenBytes = model.tokenBytes.value
        element = model.dtype
        self.store = store
    }

    /// One token's features in the emulated type, as bytes.
    func row(ofStoreToken token: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(store.width * element.bytes)
        for value in store.features.floats(token) {
            switch element {
            case .bf16: append(bf16(value), to: &bytes)
            case .fp16: append(Float16(value).bitPattern, to: &bytes)
            case .fp32: append(value.bitPattern, to: &bytes)
            }
        }
        return bytes
    }

    /// Writes a payload: `row` again and again, the stamp over its beginning.
    func fill(_ bytes: UnsafeMutableRawBufferPointer, row: [UInt8], stamp: TokenStamp) {
        row.withUnsafeBytes { row in
            var offset = 0
            while offset < bytes.count {
                let count = min(row.count, bytes.count - offset)
                UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: row[..<count]))
                offset += count
            }
        }
        stamp.store(into: bytes)
    }

    /// Writes the payload of a slot without a token.
    func fillEmpty(_ bytes: UnsafeMutableRawBufferPointer, stamp: TokenStamp) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        stamp.store(into: bytes)
    }

    /// What an expert makes of payloads: every word is combined with the expert's own.
    ///
    /// It stands for the feed-forward network, whose time is modelled; doing it twice gives back
    /// the input.
    /// `answer` has as many bytes as `bytes`, and may be the same.
    static func work(
        _ bytes: UnsafeRawBufferPointer,
        into answer: UnsafeMutableRawBufferPointer,
        expert: Int
    ) {
        let key = expertKey(expert)
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            answer.storeBytes(of: word ^ key, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < bytes.count {
            let part = UInt8(truncatingIfNeeded: key >> UInt64(8 * (offset % 8)))
            answer[offset] = bytes[offset] ^ part
            offset += 1
        }
    }

    /// Adds payloads, word by word, as a combine adds what experts made of a token.
    ///
    /// Words wrap, so that the sum has all its bits in any order and shows whatever is wrong in it;
    /// floating point would round, and hide some of it.
    static func add(
        _ bytes: UnsafeRawBufferPointer,
        to sum: UnsafeMutableRawBufferPointer
    ) {
        let words = bytes.count / 4
        for index in 0..<words {
            let word = UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            )
            let other = UInt32(
                littleEndian: sum.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            )
            sum.storeBytes(
                of: (word &+ other).littleEndian,
                toByteOffset: 4 * index,
                as: UInt32.self
            )
        }
        for index in 4 * words..<bytes.count { sum[index] &+= bytes[index] }
    }

    /// Flips every sign, and some bits that differ from expert to expert.
    private static func expertKey(_ expert: Int) -> UInt64 {
        var random = SeededRandom(seed: UInt64(expert))
        return random.next() | 0x8000_8000_8000_8000
    }

    static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let left = a.baseAddress, let right = b.baseAddress else { return true }
        return memcmp(left, right, a.count) == 0
    }

    private func bf16(_ value: Float) -> UInt16 {
        // Round to nearest, ties to even.
        let bits = value.bitPattern
        let rounding = 0x7FFF + ((bits >> 16) & 1)
        return UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
    }

    private func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
