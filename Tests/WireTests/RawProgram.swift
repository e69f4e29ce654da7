// Programs as bytes, written here and not by the encoder: it could not say what has no meaning.

/// Fields of a protobuf message.
struct RawFields {
    private(set) var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    mutating func add(_ field: Int, _ value: UInt64) {
        bytes += Self.varint(UInt64(field) << 3) + Self.varint(value)
    }

    mutating func add(_ field: Int, _ content: [UInt8]) {
        bytes += Self.varint(UInt64(field) << 3 | 2) + Self.varint(UInt64(content.count)) + content
    }

    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    /// A packed column.
    mutating func add(_ field: Int, column: [UInt64]) {
        add(field, column.flatMap(Self.varint))
    }
}

/// Columns of streams, of any length.
struct RawStreams {
    var peer: [UInt64] = []
    var origin: [UInt64] = []
    var final: [UInt64] = []
    var offset: [UInt64] = []
    var bytes: [UInt64] = []
    var quantum: [UInt64] = []
    var slot: [UInt64] = []
    var opens: [UInt64] = []
    var feedRound: [UInt64] = []
    var feedStream: [UInt64] = []

    var fields: [UInt8] {
        var fields = RawFields()
        let columns = [
            peer, origin, final, offset, bytes, quantum, slot, opens, feedRound, feedStream,
        ]
        for (index, column) in columns.enumerated() { fields.add(index + 1, column: column) }
        return fields.bytes
    }
}

/// A stage with anything in it.
struct RawStage {
    var kind = "dispatch"
    var part: UInt64 = 0
    var round: UInt64 = 0
    var after: [UInt64] = []
    var wait: UInt64 = 0
    var end = "ownBytes"
    /// `nil` of a wait.
    var sends: RawStreams?
    var receives: RawStreams?

    var fields: [UInt8] {
        var fields = RawFields()
        fields.add(1, kind)
        fields.add(2, part)
        fields.add(3, round)
        fields.add(4, 1)
        fields.add(5, column: after)
        fields.add(6, wait)
        guard sends != nil || receives != nil else { return fields.bytes }
        var transfers = RawFields()
        transfers.add(1, end)
        if let sends { transfers.add(2, sends.fields) }
        if let receives { transfers.add(3, receives.fields) }
        fields.add(7, transfers.bytes)
        return fields.bytes
    }
}

/// A program of one rank.
struct RawProgram {
    var stages: [RawStage]

    /// Rank 1 waits for 5 ps, then sends 50 bytes to rank 0, gets 70, and passes 100 on to rank 2.
    static let sample = RawProgram(stages: [
        RawStage(kind: "gate", wait: 5),
        RawStage(
            after: [0],
            sends: RawStreams(
                peer: [0, 2],
                origin: [1, 0],
                final: [0, 2],
                offset: [8, 16],
                bytes: [50, 100],
                quantum: [0, 10],
                slot: [3, 4],
                opens: [1, 0],
                feedRound: [0, 1],
                feedStream: [0, 1]
            ),
            receives: RawStreams(
                peer: [0, 0],
                origin: [0, 0],
                final: [2, 1],
                offset: [16, 0],
                bytes: [100, 70],
                quantum: [10, 0]
            )
        ),
    ])

    /// The envelope that brings it for step 9.
    var envelope: [UInt8] {
        var program = RawFields()
        program.add(1, 9)
        for stage in stages { program.add(2, stage.fields) }
        var envelope = RawFields()
        envelope.add(21, program.bytes)
        return envelope.bytes
    }
}
