import ClusterModel

/// What a loop has seen.
public struct FuzzTally: Sendable, Equatable {
    public var inputs = 0
    public var taken = 0
}

/// A seeded loop of changed samples: the same inputs wherever it runs.
public struct FuzzLoop {
    private let target: FuzzTarget
    private let samples: [[UInt8]]
    private let seed: UInt64
    private static let bytesMax = 4_096

    public init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        self.seed = seed
        samples = target.samples
    }

    /// The input with this number, to look at one alone.
    public func input(_ number: Int) -> [UInt8] {
        var random = SeededRandom(seed: seed, UInt64(number))
        guard random.next(below: 20) > 0 else {
            return (0..<random.next(below: 200)).map { _ in Self.byte(&random) }
        }
        var bytes = samples[random.next(below: samples.count)]
        for _ in 0..<random.next(below: 6) { change(&bytes, &random) }
        return Array(bytes.prefix(Self.bytesMax))
    }

    /// Gives the target `count` inputs.
    public func run(_ count: Int) -> FuzzTally {
        var tally = FuzzTally()
        for number in 0..<count {
            tally.inputs += 1
            if target.accepts(input(number)) { tally.taken += 1 }
        }
        return tally
    }

    private static func byte(_ random: inout SeededRandom) -> UInt8 {
        UInt8(truncatingIfNeeded: random.next())
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else {
            bytes.append(Self.byte(&random))
            return
        }
        let at = random.next(below: bytes.count)
        switch random.next(below: 8) {
        case 0: bytes[at] ^= 1 << UInt8(random.next(below: 8))
        case 1: bytes[at] = Self.byte(&random)
        case 2: bytes[at] = [0, 0x7F, 0x80, 0xFF][random.next(below: 4)]
        case 3: bytes.removeLast(bytes.count - at)
        case 4: bytes.remove(at: at)
        case 5: bytes.insert(Self.byte(&random), at: at)
        case 6: bytes.insert(contentsOf: bytes[at...].prefix(random.next(below: 32)), at: at)
        default:
            let other = samples[random.next(below: samples.count)]
            bytes.replaceSubrange(at..., with: other.dropFirst(random.next(below: other.count)))
        }
    }
}
