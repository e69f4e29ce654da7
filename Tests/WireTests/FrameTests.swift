import ClusterModel
import Testing
import Wire
import WireFixture

/// A frame of one seed: its head and its payload.
private struct Frame {
    private(set) var header: FrameHeader
    let payload: [UInt8]

    init(seed: UInt64, bytes: Int? = nil) {
        var random = SeededRandom(seed: seed)
        let word: () -> Int = { Int(UInt32(truncatingIfNeeded: random.next())) }
        let length = bytes ?? random.next(below: 300)
        header = FrameHeader(
            kind: [.chunk, .counts, .request][random.next(below: 3)],
            serial: word(),
            stage: word(),
            source: random.next(below: 1 << 16),
            destination: random.next(below: 1 << 16),
            stream: word(),
            sequence: word(),
            offset: random.next(below: .max),
            length: length,
            depart: Instant(picoseconds: Int64(bitPattern: random.next()))
        )
        // What single precision holds.
        header.span = Interval(picoseconds: Int64(random.next(below: 1 << 24)) << 20)
        header.late = Interval(picoseconds: Int64(random.next(below: 1 << 24)))
        payload = Messages.bytes(&random, count: length)
    }

    var head: [UInt8] { payload.withUnsafeBytes { header.encoded(for: $0) } }
}

private func read(_ head: [UInt8]) throws -> FrameHeader {
    try head.withUnsafeBytes { try FrameHeader($0) }
}

/// Reads the head and checks the payload, as a receiver does.
private func accept(_ head: [UInt8], _ payload: [UInt8]) throws {
    _ = try read(head)
    try head.withUnsafeBytes { head in
        try payload.withUnsafeBytes { try FrameHeader.verify(head, $0) }
    }
}

/// Whether a receiver takes head and payload, one behind the other.
private func isWhole(_ frame: UnsafeRawBufferPointer) -> Bool {
    let head = UnsafeRawBufferPointer(rebasing: frame[..<FrameHeader.size])
    let payload = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size...])
    do {
        _ = try FrameHeader(head)
        try FrameHeader.verify(head, payload)
        return true
    } catch {
        return false
    }
}

@Suite struct `Frames of the data plane` {
    @Test(arguments: UInt64(0)..<50)
    func `come back as they were`(seed: UInt64) throws {
        let frame = Frame(seed: seed)
        let head = frame.head
        #expect(head.count == FrameHeader.size)
        #expect(try read(head) == frame.header)
        try accept(head, frame.payload)
    }

    @Test func `say how long a chunk took to a ten-millionth, however long`() throws {
        for picoseconds in [0, 1, 2_340_571, 987_654_321_012_345] {
            var header = Frame(seed: 7).header
            header.span = Interval(picoseconds: Int64(picoseconds))
            let head = [UInt8]().withUnsafeBytes { header.encoded(for: $0) }
            let seen = Double(try read(head).span.picoseconds)
            #expect(abs(seen - Double(picoseconds)) <= Double(picoseconds) * 1e-7)
        }
    }

    @Test func `say that a chunk took five hours where it took longer`() throws {
        for picoseconds: Int64 in [1 << 54, 1 << 54 + 1, .max] {
            var header = Frame(seed: 7).header
            header.late = Interval(picoseconds: picoseconds)
            let head = [UInt8]().withUnsafeBytes { header.encoded(for: $0) }
            #expect(try read(head).late == Interval(picoseconds: 1 << 54))
        }
    }

    @Test(arguments: [-1, 0x1.000002p54, Float.infinity, .nan])
    func `that took a time that no chunk takes are refused`(picoseconds: Float) {
        var head = Frame(seed: 7).head
        head.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(
                of: picoseconds.bitPattern.littleEndian,
                toByteOffset: 56,
                as: UInt32.self
            )
            let sum = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<60]))
            bytes.storeBytes(of: sum.littleEndian, toByteOffset: 60, as: UInt32.self)
        }
        #expect {
            try read(head)
        } throws: { error in
            guard case .time = error as? FrameError else { return false }
            return true
        }
    }

    @Test(arguments: [0, 1, 40, 257])
    func `with any bit flipped are refused`(bytes: Int) throws {
        let frame = Frame(seed: 7, bytes: bytes)
        var head = frame.head
        for bit in 0..<head.count * 8 {
            head[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: FrameError.self) { try accept(head, frame.payload) }
            head[bit / 8] ^= 1 << (bit % 8)
        }
        var payload = frame.payload
        for bit in 0..<payload.count * 8 {
            payload[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: FrameError.self) { try accept(head, payload) }
            payload[bit / 8] ^= 1 << (bit % 8)
        }
        try accept(head, payload)
    }

    /// Every bit of two frames with chunks of the usual size.
    @Test func `a million flipped bits, each on its own, are all found`() {
        var (flipped, passed) = (0, 0)
        for seed in 1...2 as ClosedRange<UInt64> {
            let frame = Frame(seed: seed, bytes: 65_536)
            var bytes = frame.head + frame.payload
            for bit in 0..<bytes.count * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8)
                if bytes.withUnsafeBytes(isWhole) { passed += 1 }
                bytes[bit / 8] ^= 1 << (bit % 8)
                flipped += 1
            }
            #expect(bytes.withUnsafeBytes(isWhole))
        }
        #expect(flipped > 1_000_000 && passed == 0)
    }

    /// Who finds only the payload wrong may trust what the head says of it.
    @Test func `tell a wrong head from a wrong payload`() throws {
        let frame = Frame(seed: 7, bytes: 300)
        var payload = frame.payload
        payload[150] ^= 0x10
        #expect(try read(frame.head) == frame.header)
        #expect(throws: FrameError.self) { try accept(frame.head, payload) }
        for byte in 8..<60 {
            var head = frame.head
            head[byte] ^= 0x10
            #expect(throws: FrameError.self, "byte \(byte)") { try read(head) }
        }
    }

    @Test func `of another program, version or kind are refused by their head`() throws {
        let head = Frame(seed: 1).head
        var other = head
        other[0] = 0x47
        #expect(throws: FrameError.magic(0x6345_6F47)) { try read(other) }
        other = head
        other[4] = 1
        #expect(throws: FrameError.version(1)) { try read(other) }
        other = head
        other[5] = 9
        #expect(throws: FrameError.kind(9)) { try read(other) }
    }

    @Test func `longer than any are refused before memory is sought`() throws {
        var head = Frame(seed: 1, bytes: 0).head
        head.replaceSubrange(28..<32, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: FrameError.oversized(length: Int(UInt32.max))) { try read(head) }
        head.replaceSubrange(28..<32, with: [0x01, 0x00, 0x10, 0x00])
        #expect(throws: FrameError.oversized(length: 1 << 20 + 1)) { try read(head) }
        let most = Frame(seed: 1, bytes: FrameHeader.payloadMax)
        #expect(try read(most.head).length == FrameHeader.payloadMax)
    }

    @Test func `with an offset that fits no Int have the largest`() throws {
        var header = Frame(seed: 1, bytes: 0).header
        // All 64 bits are set.
        header.offset = -1
        let head = header.encoded(for: UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(try read(head).offset == .max)
    }

    @Test(arguments: UInt64(0)..<500)
    func `of random bytes are an error, never a crash`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var head = Messages.bytes(&random, count: FrameHeader.size)
        let payload = Messages.bytes(&random, count: random.next(below: 100))
        #expect(throws: FrameError.self) { try accept(head, payload) }
        // The same behind a good beginning.
        head.replaceSubrange(0..<6, with: Frame(seed: seed).head[..<6])
        #expect(throws: FrameError.self) { try accept(head, payload) }
    }

    @Test func `begin with MoEc, little-endian throughout`() {
        var header = FrameHeader(
            kind: .chunk,
            serial: 0x0102_0304,
            stage: 1,
            source: 2,
            destination: 3,
            stream: 0x0708,
            sequence: 4,
            offset: 0x0506,
            length: 0,
            depart: Instant(picoseconds: -2)
        )
        // 1.5 * 2^1 and 1 * 2^0.
        header.span = Interval(picoseconds: 3)
        header.late = Interval(picoseconds: 1)
        let head = header.encoded(for: UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(head.prefix(8) == [0x4D, 0x6F, 0x45, 0x63, 10, 1, 0, 0])
        #expect(head[8..<12] == [4, 3, 2, 1])
        #expect(head[16..<24] == [2, 0, 3, 0, 0, 0, 0x40, 0x40])
        #expect(head[32..<40] == [6, 5, 0, 0, 0, 0, 0, 0])
        #expect(head[52..<56] == [8, 7, 0, 0])
        #expect(head[56..<60] == [0, 0, 0x80, 0x3F])
        #expect(head[40..<48] == [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    }

    @Test(arguments: [
        FrameError.magic(7), .version(9), .kind(8), .oversized(length: 1 << 30),
        .head(expected: 1, seen: 2), .checksum(expected: 1, seen: 2),
    ])
    func `say what is wrong with them`(error: FrameError) {
        #expect(error.description.hasPrefix("a frame"))
    }
}

@Suite struct `The Castagnoli checksum` {
    /// Bytes and their checksum by RFC 3720, appendix B.4.
    private static let known: [(bytes: [UInt8], checksum: UInt32)] = [
        (Array(repeating: 0, count: 32), 0x8A91_36AA),
        (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test func `of known bytes is known`() {
        for (bytes, checksum) in Self.known {
            #expect(bytes.withUnsafeBytes { CRC32C.of($0) } == checksum)
        }
    }

    /// Short stretches and long ones are summed in different ways.
    @Test(arguments: 0...300)
    func `goes on where it stopped`(cut: Int) {
        var random = SeededRandom(seed: 5)
        let bytes = Messages.bytes(&random, count: 300)
        let whole = bytes.withUnsafeBytes { CRC32C.of($0) }
        let first = bytes[..<cut].withUnsafeBytes { CRC32C.of($0) }
        #expect(bytes[cut...].withUnsafeBytes { CRC32C.of($0, after: first) } == whole)
    }
}
