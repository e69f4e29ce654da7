import ClusterModel

/// A training run on its way, as bytes: what a resumed run needs to end as an uninterrupted one.
///
/// Little-endian: 8 bytes of magic, then 64-bit counts in front of the settings as text, the
/// arrays and their values, at the end a checksum over all before it. It knows no files.
public struct Checkpoint: Hashable, Sendable {
    /// The settings that the run was started with; only the same may go on from it.
    public var settings: String
    public var step: Int
    private var arrays: [[Float]]

    /// Why bytes are no checkpoint for a run.
    public enum Problem: Error, Hashable, Sendable {
        case notACheckpoint
        case cutShort(bytes: Int)
        case damaged
        case otherSettings(seen: String, expected: String)
        case otherShape
    }

    private static let magic = Array("MOECKPT1".utf8)
    /// Longer settings than any run writes are damage.
    private static let settingsLimit = 1 << 16

    public init(_ state: TrainingState, settings: String) {
        self.settings = settings
        step = state.step
        arrays = state.arrays
    }

    public var bytes: [UInt8] {
        var bytes = Self.magic
        Self.append(settings.utf8.count, to: &bytes)
        bytes += settings.utf8
        Self.append(step, to: &bytes)
        Self.append(arrays.count, to: &bytes)
        for array in arrays {
            Self.append(array.count, to: &bytes)
            array.withUnsafeBytes { bytes += $0 }
        }
        Self.append(Int(truncatingIfNeeded: Self.checksum(bytes[...])), to: &bytes)
        return bytes
    }

    public init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.starts(with: Self.magic) else { throw .notACheckpoint }
        guard bytes.count > Self.magic.count + 8 else { throw .cutShort(bytes: bytes.count) }
        var reader = Reader(bytes: bytes[Self.magic.count..<(bytes.count - 8)])
        let length = try reader.number(atMost: Self.settingsLimit)
        settings = String(decoding: try reader.take(length), as: UTF8.self)
        step = try reader.number(atMost: Int(Int32.max))
        let count = try reader.number(atMost: 1 << 20)
        arrays = []
        for _ in 0..<count {
            let values = try reader.number(atMost: reader.bytes.count / 4)
            arrays.append(Self.floats(try reader.take(values * 4)))
        }
        guard reader.bytes.isEmpty else { throw .damaged }
        reader.bytes = bytes[(bytes.count - 8)...]
        let sum = try reader.number()
        guard UInt64(bitPattern: Int64(sum)) == Self.checksum(bytes[..<(bytes.count - 8)]) else {
            throw .damaged
        }
    }

    /// Puts the run's state in place of `state`, which has to be of the same settings.
    public func restore(_ state: inout TrainingState, settings: String) throws(Problem) {
        guard self.settings == settings else {
            throw .otherSettings(seen: self.settings, expected: settings)
        }
        guard arrays.map(\.count) == state.arrays.map(\.count) else { throw .otherShape }
        state.restore(arrays, step: step)
    }

    /// What is left of the bytes, taken from the front.
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
            guard count <= bytes.count else { throw .cutShort(bytes: bytes.endIndex) }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func number() throws(Problem) -> Int {
            let word = try take(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            return Int(truncatingIfNeeded: word)
        }

        mutating func number(atMost limit: Int) throws(Problem) -> Int {
            let number = try number()
            guard (0...limit).contains(number) else { throw .damaged }
            return number
        }
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).littleEndian) { bytes += $0 }
    }

    private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(
                    bitPattern: UInt32(
                        littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)
                    )
                )
            }
        }
    }

    /// FNV-1a in 64 bits: against damage, not against malice.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { raw in
            raw.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
    }
}

extension Checkpoint.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notACheckpoint: "is no checkpoint of moecluster: expected one of 'train'"
        case .cutShort(let bytes): "ends after \(bytes) bytes: it is cut short"
        case .damaged: "is damaged: its checksum or a count is wrong"
        case .otherSettings(let seen, let expected):
            "is of a run with other settings: seen '\(seen)', expected '\(expected)'"
        case .otherShape: "holds other numbers of parameters than this model has"
        }
    }
}
