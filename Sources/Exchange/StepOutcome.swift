// What one step left behind, raw: measured by workers or played in virtual time. Evaluation turns
// it into figures.

import ClusterModel
import Statistics

/// What a rank put into a step.
public struct RankInput: Sendable, Equatable {
    /// Bytes to each rank in the dispatch exchange, its own included.
    public var send: [Int]
    /// Its tokens that each expert kept; empty in a bare exchange.
    public var kept: [Int]
    public var offered: Int
    public var dropped: Int
    /// Slots of an expert for this source.
    public var capacity: Int
    public var gate: Interval
    public var expert: Interval
    public var bufferBytes: Int

    public init(
        send: [Int],
        kept: [Int],
        offered: Int,
        dropped: Int,
        capacity: Int,
        gate: Interval,
        expert: Interval,
        bufferBytes: Int
    ) {
        self.send = send
        self.kept = kept
        self.offered = offered
        self.dropped = dropped
        self.capacity = capacity
        self.gate = gate
        self.expert = expert
        self.bufferBytes = bufferBytes
    }
}

/// What was checked byte for byte after a step.
public struct Verification: Sendable, Equatable {
    public var tokens = 0
    public var bytes = 0
    public var mismatches = 0
    /// The first thing that was wrong, empty if nothing was.
    public var firstMismatch = ""

    public init() {}

    /// Counts something wrong.
    public mutating func mismatch(_ what: @autoclosure () -> String) {
        if mismatches == 0 { firstMismatch = what() }
        mismatches += 1
    }

    public static func += (a: inout Verification, b: Verification) {
        if a.mismatches == 0 { a.firstMismatch = b.firstMismatch }
        a.tokens += b.tokens
        a.bytes += b.bytes
        a.mismatches += b.mismatches
    }
}

/// One step of the whole cluster.
public struct StepOutcome: Sendable, Equatable {
    public var step: Int
    /// Index into the plan's routers.
    public var router: Int
    public var isWarmup: Bool
    /// Index = rank.
    public var inputs: [RankInput]
    /// When each rank's stages ended.
    public var stageEnds: [[Instant]]
    public var lateness: LatenessHistogram
    public var verification: Verification
    /// CRC32C of what came back to each rank.
    public var digests: [UInt32]
    public var wallNanoseconds: Int64
    /// Host time that jumps over modelled waits saved.
    public var skippedNanoseconds: Int64
    /// Share of the host's cores that was busy, 0 to 1.
    public var cpuBusy: Double

    public init(
        step: Int,
        router: Int,
        isWarmup: Bool,
        inputs: [RankInput],
        stageEnds: [[Instant]],
        lateness: LatenessHistogram,
        verification: Verification,
        digests: [UInt32],
        wallNanoseconds: Int64,
        skippedNanoseconds: Int64,
        cpuBusy: Double
    ) {
        self.step = step
        self.router = router
        self.isWarmup = isWarmup
        self.inputs = inputs
        self.stageEnds = stageEnds
        self.lateness = lateness
        self.verification = verification
        self.digests = digests
        self.wallNanoseconds = wallNanoseconds
        self.skippedNanoseconds = skippedNanoseconds
        self.cpuBusy = cpuBusy
    }

    /// Bytes of the dispatch exchange.
    public var dispatch: TrafficMatrix { TrafficMatrix(rows: inputs.map(\.send)) }

    /// The programs the ranks played: a layer each, or a bare exchange.
    public var programs: [RankProgram] {
        let matrix = dispatch
        return inputs.enumerated().map { index, input in
            let column = matrix.column(Rank(index))
            guard !input.kept.isEmpty else {
                return RankProgram([.exchange(send: input.send, receive: column)])
            }
            return .layer(
                gate: input.gate,
                expert: input.expert,
                send: input.send,
                receive: column
            )
        }
    }
}
