import ClusterModel
import Testing
import WireFixture

@testable import Wire

/// Decodes a message from bytes of its own, so that a sanitizer sees reads beyond them.
func decode(_ bytes: some Collection<UInt8>) throws -> ControlMessage {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try ControlCodec.decode(UnsafeRawBufferPointer(copy))
}

@Suite struct `Control messages` {
    @Test(arguments: UInt64(0)..<20)
    func `come back as they were`(seed: UInt64) throws {
        for message in Messages.all(seed: seed) {
            let encoded = ControlCodec.encode(message)
            let length = try encoded.withUnsafeBytes {
                try ControlCodec.length(of: $0, limit: ControlCodec.limit)
            }
            #expect(length == encoded.count - ControlCodec.prefix)
            #expect(try decode(encoded.dropFirst(ControlCodec.prefix)) == message)
        }
    }

    @Test func `of a handshake fit in what strangers may send`() throws {
        for message in Messages.all(seed: 1) {
            switch message {
            case .challenge, .hello, .welcome:
                #expect(ControlCodec.encode(message).count <= ControlCodec.handshakeLimit)
            default: break
            }
        }
    }

    @Test func `of 4,096 ranks fit in the limit`() {
        let row = Array(repeating: Int.max, count: 4_096)
        let message = ControlMessage.prepare(
            Prepare(serial: 1, step: 1, router: 0, segment: .exchange, send: row, receive: row)
        )
        #expect(ControlCodec.encode(message).count <= ControlCodec.limit)
    }

    @Test(arguments: UInt64(0)..<5)
    func `cut short are an error or another message, never a crash`(seed: UInt64) throws {
        for message in Messages.all(seed: seed) {
            let body = Array(ControlCodec.encode(message).dropFirst(ControlCodec.prefix))
            for length in body.indices {
                do {
                    #expect(try decode(body[..<length]) != message)
                } catch is ControlError {
                    continue
                }
            }
        }
    }

    @Test(arguments: UInt64(0)..<5)
    func `with a byte changed are an error or a message, never a crash`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for message in Messages.all(seed: seed) {
            var body = Array(ControlCodec.encode(message).dropFirst(ControlCodec.prefix))
            for index in body.indices {
                let byte = body[index]
                body[index] = UInt8(truncatingIfNeeded: random.next())
                do { _ = try decode(body) } catch is ControlError {}
                body[index] = byte
            }
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func `of random bytes are an error or a message, never a crash`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bytes = Messages.bytes(&random, count: random.next(below: 300))
        do { _ = try decode(bytes) } catch is ControlError {}
    }

    @Test func `without a body are an error`() {
        #expect(throws: ControlError.invalid("no body")) { try decode([]) }
        // Field 200, unknown, with the value 1.
        #expect(throws: ControlError.invalid("no body")) { try decode([0xC0, 0x0C, 0x01]) }
    }

    @Test(arguments: [ControlCodec.handshakeLimit, ControlCodec.limit])
    func `longer than the limit are refused by their length alone`(limit: Int) throws {
        let length: (UInt32) throws -> Int = { value in
            try withUnsafeBytes(of: value.littleEndian) {
                try ControlCodec.length(of: $0, limit: limit)
            }
        }
        #expect(try length(0) == 0)
        #expect(try length(UInt32(limit)) == limit)
        #expect(throws: ControlError.oversized(length: limit + 1, limit: limit)) {
            try length(UInt32(limit) + 1)
        }
        #expect(throws: ControlError.oversized(length: Int(UInt32.max), limit: limit)) {
            try length(.max)
        }
    }

    @Test func `count what fits no Int as the largest`() throws {
        // Envelope field 15, ping, with count = UInt64.max.
        let count = Array(repeating: UInt8(0xFF), count: 9) + [0x01]
        #expect(try decode([0x7A, 0x0B, 0x08] + count) == .ping(count: .max))
    }

    @Test func `repair text that is not UTF-8`() throws {
        // Envelope field 14, failure, with the reason FF 61.
        let message = try decode([0x72, 0x04, 0x0A, 0x02, 0xFF, 0x61])
        #expect(message == .failure(reason: "\u{FFFD}a"))
    }

    @Test(arguments: [
        ControlError.oversized(length: 300, limit: 256), .malformed(length: 7),
        .invalid("no body"),
    ])
    func `say what is wrong with them`(error: ControlError) {
        #expect(error.description.contains("message") || error.description.contains("bytes"))
    }
}

@Suite struct `A plan on its way` {
    private func refused(_ change: (inout WorkerPlan) -> Void) throws -> ControlError? {
        for case .plan(var plan) in Messages.all(seed: 3) {
            change(&plan)
            let bytes = ControlCodec.encode(.plan(plan)).dropFirst(ControlCodec.prefix)
            return #expect(throws: ControlError.self) { try decode(bytes) }
        }
        return nil
    }

    @Test func `is refused with a dilation that is none`() throws {
        for dilation in [0, -1, Double.nan, .infinity] {
            #expect(try refused { $0.dilation = dilation } != nil)
        }
    }

    @Test func `is refused with counts that are none`() throws {
        #expect(try refused { $0.plan.nodes = 0 } == .invalid("nodes 0"))
        #expect(try refused { $0.plan.model.hidden = 1 << 21 } == .invalid("hidden 2097152"))
        #expect(try refused { $0.plan.parallel.dp = 3 } != nil)
        #expect(try refused { $0.plan.model.experts += 1 } != nil)
        #expect(try refused { $0.plan.workload.tokensPerNPU = 0 } != nil)
        #expect(try refused { $0.plan.exchange.chunk = .zero } != nil)
    }

    @Test func `is refused with an NPU that computes nothing`() throws {
        #expect(try refused { $0.plan.model.utilisation = 0 } != nil)
        #expect(try refused { $0.plan.model.peakFlops = .nan } != nil)
    }

    @Test func `is refused with shares and factors that are none`() throws {
        for value in [0, -1, Double.nan, .infinity] {
            #expect(try refused { $0.plan.routing.capacityFactor = value } != nil)
            #expect(try refused { $0.plan.routing.threshold = value } != nil)
            #expect(try refused { $0.plan.model.utilisation = value } != nil)
            #expect(try refused { $0.plan.model.peakFlops = value } != nil)
        }
    }

    @Test func `is refused with times that no sum can hold`() throws {
        #expect(try refused { $0.windowNanoseconds = .max } != nil)
        #expect(try refused { $0.catchUpNanoseconds = .max } != nil)
        let latency = Interval(picoseconds: .max)
        #expect(try refused { $0.plan.links.hccs.latency = latency } != nil)
        #expect(try refused { $0.dilation = 1e-300 } != nil)
    }

    @Test func `is refused with links that no configuration has`() throws {
        #expect(try refused { $0.plan.links.planeNodes = 0 } == .invalid("plane_nodes 0"))
        for share in [0.5, -1, Double.nan, .infinity] {
            let uplink = LeafUplink(nodesPerLeaf: 4, oversubscription: share)
            #expect(try refused { $0.plan.links.uplink = uplink } != nil)
        }
        let overhead = Interval(picoseconds: -1)
        #expect(try refused { $0.plan.links.roce.messageOverhead = overhead } != nil)
        var lane = LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1), latency: .zero)
        lane.messageOverhead = Interval(picoseconds: .max)
        #expect(try refused { $0.plan.links.pcie = lane } != nil)
    }

    @Test func `is refused with times before their beginning`() throws {
        #expect(try refused { $0.windowNanoseconds = -1 } != nil)
        #expect(try refused { $0.catchUpNanoseconds = -1 } != nil)
        let latency = Interval(picoseconds: -1)
        #expect(try refused { $0.plan.links.roce.latency = latency } != nil)
    }
}
