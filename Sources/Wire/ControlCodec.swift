// Control messages to bytes and back: a little-endian u32 length, then a packed Envelope.

import CProtobufC
import CWire
import ClusterModel

/// Bytes that are no control message.
public enum ControlError: Error, Sendable, Equatable, CustomStringConvertible {
    case oversized(length: Int, limit: Int)
    case malformed(length: Int)
    case invalid(String)

    public var description: String {
        switch self {
        case .oversized(let length, let limit):
            "a control message of \(length) bytes, at most \(limit) were expected"
        case .malformed(let length):
            "\(length) bytes that are no control message"
        case .invalid(let what):
            "a control message with \(what)"
        }
    }
}

/// Packs and unpacks control messages.
public enum ControlCodec {
    /// The most bytes of a message of a peer that has proved the secret: the program of a rank
    /// among 1,024, every one of its messages cut and relayed, fits well.
    public static let limit = 16 << 20
    /// The most bytes before that.
    public static let handshakeLimit = 256
    /// Bytes of the length in front of a message.
    public static let prefix = 4

    /// A message with its length in front.
    public static func encode(_ message: ControlMessage) -> [UInt8] {
        let arena = PackingArena()
        let envelope = unsafe arena.message(wire__envelope__init) {
            unsafe message.fill(&$0, arena)
        }
        let size = unsafe wire__envelope__get_packed_size(envelope)
        return unsafe [UInt8](unsafeUninitializedCapacity: prefix + size) { buffer, count in
            let length = UInt32(size).littleEndian
            unsafe UnsafeMutableRawBufferPointer(buffer).storeBytes(of: length, as: UInt32.self)
            unsafe wire__envelope__pack(envelope, buffer.baseAddress.map { unsafe $0 + prefix })
            count = prefix + size
        }
    }

    /// The length that stands in the first four bytes.
    public static func length(
        of prefix: UnsafeRawBufferPointer,
        limit: Int
    ) throws(ControlError) -> Int {
        let length = unsafe Int(UInt32(littleEndian: prefix.loadUnaligned(as: UInt32.self)))
        guard length <= limit else { throw .oversized(length: length, limit: limit) }
        return length
    }

    /// A message from its bytes, the length not among them.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(ControlError)
        -> ControlMessage
    {
        let data = unsafe bytes.bindMemory(to: UInt8.self).baseAddress
        guard let envelope = unsafe wire__envelope__unpack(nil, bytes.count, data) else {
            throw .malformed(length: bytes.count)
        }
        defer { unsafe wire__envelope__free_unpacked(envelope, nil) }
        return try unsafe ControlMessage(envelope.pointee)
    }
}
