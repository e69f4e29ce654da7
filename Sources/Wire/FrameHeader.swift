// The head of every frame of the data plane: 64 bytes, little-endian, then raw payload. Payload and
// head have a checksum each: who finds the one wrong under a head that is right knows which chunk it
// was, and where the next frame begins.

import CISAL
import ClusterModel

/// What a frame is.
public enum FrameKind: UInt8, Sendable {
    /// A chunk of an exchange.
    case chunk = 1
    /// Counts of the tokens that will come, before any payload.
    case counts = 2
    /// Asks who sent the chunk that it names to send it once more; it has no payload.
    case request = 3
}

/// Bytes that are no frame of this run.
public enum FrameError: Error, Sendable, Equatable, CustomStringConvertible {
    case magic(UInt32)
    case version(Int)
    case kind(Int)
    case oversized(length: Int)
    /// Something where this version has nothing.
    case reserved
    /// Of a chunk: no time, in picoseconds.
    case time(Float)
    /// Of the head itself.
    case head(expected: UInt32, seen: UInt32)
    /// Of the payload, under a head that is whole.
    case checksum(expected: UInt32, seen: UInt32)

    public var description: String {
        switch self {
        case .magic(let seen):
            "a frame that begins with \(seen), not with \(FrameHeader.magic)"
        case .version(let seen):
            "a frame of version \(seen), \(protocolVersion) was expected"
        case .kind(let seen):
            "a frame of unknown kind \(seen)"
        case .oversized(let length):
            "a frame of \(length) bytes, at most \(FrameHeader.payloadMax) were expected"
        case .reserved:
            "a frame that says something where this version has nothing"
        case .time(let seen):
            "a frame whose chunk took \(seen) ps, 0 to 2^54 were expected"
        case .head(let expected, let seen):
            "a frame whose head's checksum is \(seen), but \(expected) over its bytes: corrupt"
        case .checksum(let expected, let seen):
            "a frame whose checksum is \(seen), but \(expected) over its bytes: corrupt"
        }
    }
}

/// The head of a frame.
public struct FrameHeader: Sendable, Equatable {
    /// "MoEc".
    public static let magic: UInt32 = 0x6345_6F4D
    /// Bytes of a head.
    public static let size = 64
    /// The most payload of a frame.
    public static let payloadMax = 1 << 20

    public var kind: FrameKind
    /// The step, counted over the run.
    public var serial: Int
    /// The stage within the step.
    public var stage: Int
    public var source: Int
    public var destination: Int
    public var sequence: Int
    /// The stream within the stage, by its receiver's count.
    public var stream: Int
    /// Of the payload in its stream.
    public var offset: Int
    public var length: Int
    /// Emulated instant of departure, in ps from the step's start.
    public var depart: Instant
    /// Of a chunk, as its sender saw it; picoseconds on the wire, in single precision.
    public var span = Interval.zero
    public var late = Interval.zero

    public init(
        kind: FrameKind,
        serial: Int,
        stage: Int,
        source: Int,
        destination: Int,
        stream: Int,
        sequence: Int,
        offset: Int,
        length: Int,
        depart: Instant
    ) {
        self.kind = kind
        self.serial = serial
        self.stage = stage
        self.source = source
        self.destination = destination
        self.stream = stream
        self.sequence = sequence
        self.offset = offset
        self.length = length
        self.depart = depart
    }

    /// The 64 bytes in front of `payload`.
    public func encoded(for payload: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        unsafe bytes.withUnsafeMutableBytes { unsafe encode(into: $0, for: payload) }
        return bytes
    }

    /// Writes the 64 bytes in front of `payload` to where they leave from.
    public func encode(
        into raw: UnsafeMutableRawBufferPointer,
        for payload: UnsafeRawBufferPointer
    ) {
        invariant(raw.count == Self.size, "\(raw.count) bytes for a head of \(Self.size)")
        unsafe raw.store(Self.magic, at: 0)
        unsafe raw.store(UInt8(protocolVersion), at: 4)
        unsafe raw.store(kind.rawValue, at: 5)
        unsafe raw.store(UInt16(0), at: 6)
        unsafe raw.store(UInt32(truncatingIfNeeded: serial), at: 8)
        unsafe raw.store(UInt32(truncatingIfNeeded: stage), at: 12)
        unsafe raw.store(UInt16(truncatingIfNeeded: source), at: 16)
        unsafe raw.store(UInt16(truncatingIfNeeded: destination), at: 18)
        unsafe raw.store(span.floatBits, at: 20)
        unsafe raw.store(UInt32(truncatingIfNeeded: sequence), at: 24)
        unsafe raw.store(UInt32(truncatingIfNeeded: length), at: 28)
        unsafe raw.store(UInt64(truncatingIfNeeded: offset), at: 32)
        unsafe raw.store(depart.picoseconds, at: 40)
        unsafe raw.store(UInt32(truncatingIfNeeded: stream), at: 52)
        unsafe raw.store(late.floatBits, at: 56)
        unsafe raw.store(CRC32C.of(payload), at: Self.checksumAt)
        unsafe raw.store(Self.sum(ofHead: UnsafeRawBufferPointer(raw)), at: Self.headSumAt)
    }

    /// Reads a head whose checksum is right; nothing of its payload is trusted before `verify`.
    public init(_ raw: UnsafeRawBufferPointer) throws(FrameError) {
        let magic: UInt32 = unsafe raw.load(at: 0)
        guard magic == Self.magic else { throw .magic(magic) }
        let version: UInt8 = unsafe raw.load(at: 4)
        guard version == protocolVersion else { throw .version(Int(version)) }
        let rawKind: UInt8 = unsafe raw.load(at: 5)
        guard let kind = FrameKind(rawValue: rawKind) else { throw .kind(Int(rawKind)) }
        let length: UInt32 = unsafe raw.load(at: 28)
        guard length <= Self.payloadMax else { throw .oversized(length: Int(length)) }
        let reserved: UInt16 = unsafe raw.load(at: 6)
        guard reserved == 0 else { throw .reserved }
        let seen: UInt32 = unsafe raw.load(at: Self.headSumAt)
        let expected = unsafe Self.sum(ofHead: raw)
        guard seen == expected else { throw .head(expected: expected, seen: seen) }
        let serial: UInt32 = unsafe raw.load(at: 8)
        let stage: UInt32 = unsafe raw.load(at: 12)
        let source: UInt16 = unsafe raw.load(at: 16)
        let destination: UInt16 = unsafe raw.load(at: 18)
        let span: UInt32 = unsafe raw.load(at: 20)
        let late: UInt32 = unsafe raw.load(at: 56)
        let sequence: UInt32 = unsafe raw.load(at: 24)
        let offset: UInt64 = unsafe raw.load(at: 32)
        let depart: Int64 = unsafe raw.load(at: 40)
        let stream: UInt32 = unsafe raw.load(at: 52)
        self.init(
            kind: kind,
            serial: Int(serial),
            stage: Int(stage),
            source: Int(source),
            destination: Int(destination),
            stream: Int(stream),
            sequence: Int(sequence),
            offset: Int(clamping: offset),
            length: Int(length),
            depart: Instant(picoseconds: depart)
        )
        self.span = try Interval(float: span)
        self.late = try Interval(float: late)
    }

    /// Checks the payload against the checksum in the head as it came.
    public static func verify(
        _ head: UnsafeRawBufferPointer,
        _ payload: UnsafeRawBufferPointer
    ) throws(FrameError) {
        let seen: UInt32 = unsafe head.load(at: checksumAt)
        let expected = unsafe CRC32C.of(payload)
        guard seen == expected else { throw .checksum(expected: expected, seen: seen) }
    }

    private static let checksumAt = 48
    private static let headSumAt = 60

    /// Over all that stands before it: the payload's checksum, too.
    private static func sum(ofHead head: UnsafeRawBufferPointer) -> UInt32 {
        unsafe CRC32C.of(UnsafeRawBufferPointer(rebasing: head[..<headSumAt]))
    }
}

extension Interval {
    /// The longest that a head can say, picoseconds: five hours, of an impairment that lasts at most one.
    private static let inHead: Float = 0x1p54

    /// As picoseconds in single precision.
    fileprivate var floatBits: UInt32 { min(Float(picoseconds), Self.inHead).bitPattern }

    /// From picoseconds in single precision.
    fileprivate init(float bits: UInt32) throws(FrameError) {
        let picoseconds = Float(bitPattern: bits)
        // A NaN is in no range.
        guard (0...Self.inHead).contains(picoseconds) else { throw .time(picoseconds) }
        self.init(picoseconds: Int64(picoseconds))
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func load<T: FixedWidthInteger>(at offset: Int) -> T {
        unsafe T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
