import ClusterModel
import Exchange
import Testing

@Suite struct `A chunk that does not fit` {
    @Test func `because one before it was lost is refused`() throws {
        var receiver = try Receiver()
        try receiver.take(chunk(0))
        let lost = ChunkViolation.wrongSequence(expected: 1, seen: 2)
        #expect(throws: lost) { try receiver.machine.check(chunk(2, length: 50)) }
        #expect(lost.description.hasSuffix("a chunk was lost"))
    }

    @Test func `because it came twice is refused`() throws {
        var receiver = try Receiver()
        try receiver.take(chunk(0))
        let doubled = ChunkViolation.wrongSequence(expected: 1, seen: 0)
        #expect(throws: doubled) { try receiver.machine.check(chunk(0)) }
        #expect(doubled.description.hasSuffix("a chunk was doubled"))
    }

    @Test func `because it came too soon is refused, and fits in its turn`() throws {
        var receiver = try Receiver()
        #expect(throws: ChunkViolation.wrongSequence(expected: 0, seen: 1)) {
            try receiver.machine.check(chunk(1))
        }
        try receiver.take(chunk(0))
        try receiver.take(chunk(1))
    }

    @Test(arguments: [0, 99, 101, 200, -1, Int.max])
    func `because its bytes do not follow is refused`(offset: Int) throws {
        var receiver = try Receiver()
        try receiver.take(chunk(0))
        #expect(throws: ChunkViolation.wrongOffset(expected: 100, seen: offset)) {
            try receiver.machine.check(chunk(1, offset: offset))
        }
    }

    @Test(arguments: [1, 2, 3, -1, Int.max])
    func `because nobody expects its source is refused`(source: Int) throws {
        // 1 is the receiver, 2 sends nothing in this stage, 3 does not exist.
        var receiver = try Receiver()
        #expect(throws: ChunkViolation.unknownStream(0, of: Rank(source))) {
            try receiver.machine.check(chunk(0, source: source, stream: 0))
        }
    }

    @Test(arguments: [1, 2, -1, Int.max])
    func `because its stream is not its source's is refused`(stream: Int) throws {
        // 1 is rank 2's, the others do not exist.
        var receiver = try Receiver(first: [250, 0, 250])
        #expect(throws: ChunkViolation.unknownStream(stream, of: Rank(0))) {
            try receiver.machine.check(chunk(0, stream: stream))
        }
    }

    @Test(arguments: [2, -1, Int.max])
    func `because its stage does not exist is refused`(stage: Int) throws {
        var receiver = try Receiver()
        #expect(throws: ChunkViolation.unknownExchange(stage)) {
            try receiver.machine.check(chunk(0, stage: stage))
        }
    }

    @Test(arguments: [101, 99, 250, 0, -1, Int.max])
    func `because it is longer or shorter than a chunk is refused`(length: Int) throws {
        var receiver = try Receiver()
        let wrong = ChunkViolation.wrongLength(seen: length, expected: 100)
        #expect(throws: wrong) { try receiver.machine.check(chunk(0, length: length)) }
    }

    @Test func `because it brings more than is missing is refused`() throws {
        var receiver = try Receiver()
        try receiver.take(chunk(0))
        try receiver.take(chunk(1))
        #expect(throws: ChunkViolation.wrongLength(seen: 51, expected: 50)) {
            try receiver.machine.check(chunk(2, length: 51))
        }
        try receiver.take(chunk(2, length: 50))
        #expect(throws: ChunkViolation.wrongLength(seen: 1, expected: 0)) {
            try receiver.machine.check(chunk(3, offset: 250, length: 1))
        }
    }

    @Test(arguments: [Int64.max, .min, .max / 4 + 4])
    func `because it departs beyond any step is refused`(depart: Int64) throws {
        var receiver = try Receiver()
        #expect(throws: ChunkViolation.departsTooLate(Instant(picoseconds: depart))) {
            try receiver.machine.check(chunk(0, depart: depart))
        }
    }

    @Test func `leaves what is expected as it was`() throws {
        var receiver = try Receiver()
        try receiver.take(chunk(0))
        for wrong in [chunk(0), chunk(2), chunk(1, length: 101), chunk(1, source: 2)] {
            #expect(throws: ChunkViolation.self) { try receiver.machine.check(wrong) }
        }
        try receiver.take(chunk(1))
        try receiver.take(chunk(2, length: 50))
    }

    @Test(arguments: [
        ChunkViolation.unknownExchange(3), .unknownStream(4, of: Rank(9)),
        .wrongOffset(expected: 1, seen: 2), .wrongSequence(expected: 2, seen: 1),
        .wrongLength(seen: 7, expected: 5), .wrongLength(seen: 7, expected: 0),
        .departsTooLate(Instant(picoseconds: .max)),
    ])
    func `says what was seen`(violation: ChunkViolation) {
        #expect(!violation.description.isEmpty)
        #expect(violation.description.contains { $0.isNumber })
    }
}
