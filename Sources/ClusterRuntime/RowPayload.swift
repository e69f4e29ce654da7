// What a row of activations or gradients looks like on the wire: a stamp that says whose it is, a
// checksum of its values, the values, and the values again up to the emulated hidden size. The
// links thus carry the emulated model's load, and every byte can be checked.

import ClusterModel
import MoELayer
import Wire

/// Writes, reads and checks rows.
struct RowPayload {
    /// Values of a row.
    let width: Int
    private let element: ElementType

    /// Where the values begin: after the stamp, the checksum and four bytes of nothing.
    private static let header = TokenStamp.size + 8

    init(width: Int, element: ElementType) {
        self.width = width
        self.element = element
    }

    private var valueBytes: Int { width * element.bytes }

    /// Writes a row; `values` are as the wire carries them, rounded.
    func write(
        _ values: UnsafeBufferPointer<Float>,
        _ stamp: TokenStamp,
        to bytes: UnsafeMutableRawBufferPointer
    ) {
        stamp.store(into: bytes)
        let body = UnsafeMutableRawBufferPointer(
            rebasing: bytes[Self.header..<Self.header + valueBytes]
        )
        switch element {
        case .fp32:
            body.copyMemory(from: UnsafeRawBufferPointer(values))
        case .bf16:
            for (index, value) in values.enumerated() {
                let word = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
                body.storeBytes(of: word.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
        case .fp16:
            for (index, value) in values.enumerated() {
                let word = Float16(value).bitPattern
                body.storeBytes(of: word.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
        }
        let sum = CRC32C.of(UnsafeRawBufferPointer(body))
        bytes.storeBytes(of: sum.littleEndian, toByteOffset: TokenStamp.size, as: UInt32.self)
        bytes.storeBytes(of: 0, toByteOffset: TokenStamp.size + 4, as: UInt32.self)
        fill(bytes)
    }

    /// Writes a slot without a token.
    func writeEmpty(_ stamp: TokenStamp, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        stamp.store(into: bytes)
    }

    /// Repeats the values up to the end.
    private func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        var offset = Self.header + valueBytes
        while offset < bytes.count {
            let count = min(valueBytes, bytes.count - offset)
            UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count]).copyMemory(
                from: UnsafeRawBufferPointer(
                    rebasing: bytes[Self.header..<Self.header + count]
                )
            )
            offset += count
        }
    }

    /// The values of a row.
    func read(_ bytes: UnsafeRawBufferPointer, to values: UnsafeMutableBufferPointer<Float>) {
        let body = UnsafeRawBufferPointer(
            rebasing: bytes[Self.header..<Self.header + valueBytes]
        )
        switch element {
        case .fp32:
            UnsafeMutableRawBufferPointer(values).copyMemory(from: body)
        case .bf16:
            for index in 0..<width { values[index] = Float(bitPattern: word(body, index) << 16) }
        case .fp16:
            for index in 0..<width {
                let bits = UInt16(truncatingIfNeeded: word(body, index))
                values[index] = Float(Float16(bitPattern: bits))
            }
        }
    }

    private func word(_ body: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
        UInt32(
            UInt16(
                littleEndian: body.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            )
        )
    }

    /// Whether a slot has this stamp, values that fit their checksum, and nothing but them.
    func isSound(_ bytes: UnsafeRawBufferPointer, _ stamp: TokenStamp, isKept: Bool) -> Bool {
        var expected = [UInt8](repeating: 0, count: TokenStamp.size)
        expected.withUnsafeMutableBytes { stamp.store(into: $0) }
        guard bytes.prefix(TokenStamp.size).elementsEqual(expected) else { return false }
        guard isKept else {
            return bytes.dropFirst(TokenStamp.size).allSatisfy { $0 == 0 }
        }
        let body = UnsafeRawBufferPointer(
            rebasing: bytes[Self.header..<Self.header + valueBytes]
        )
        let sum = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: TokenStamp.size, as: UInt32.self)
        )
        let gap = bytes.loadUnaligned(fromByteOffset: TokenStamp.size + 4, as: UInt32.self)
        guard sum == CRC32C.of(body), gap == 0 else { return false }
        // Every byte after the values is the one a row before.
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(Self.header + valueBytes)...])
        let before = UnsafeRawBufferPointer(
            rebasing: bytes[Self.header..<Self.header + rest.count]
        )
        return TokenPayload.areEqual(rest, before)
    }
}
