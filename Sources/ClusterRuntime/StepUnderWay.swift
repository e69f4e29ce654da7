import ClusterModel
import EventLoop
import Exchange
import Membership
import Statistics
import Wire

/// What the coordinator gathers while a step runs.
final class StepUnderWay {
    /// Of this attempt; `stamp` is the caller's, the same in all attempts.
    var serial = -1
    let stamp: Int
    let step: Int
    let router: Int
    let isWarmup: Bool
    private(set) var excluded: Set<Rank> = []
    var inputs: [RankInput?] = []
    var done: [StepDone?] = []
    /// Set once every rank has prepared.
    var compiled: CompiledStep?
    let shape: StepShape
    let segment: StepSegment
    /// How long after the first each rank begins; empty: all together.
    var leads: [Interval] = []
    /// The algorithm that was asked for, `nil`: the plan's.
    let algorithm: ExchangeAlgorithm?
    /// Set once the step is appointed.
    var clock: EmulatedClock?
    var fastForward: FastForward?
    var cpu: CPUTimes?
    var cpuBusy = 0.0
    /// Of all workers together, from the appointment to the last finish, ns.
    var workerCPU: Int64 = 0

    init(
        serial: Int,
        step: Int,
        router: Int,
        isWarmup: Bool,
        shape: StepShape = .layer,
        segment: StepSegment = .routed,
        algorithm: ExchangeAlgorithm? = nil
    ) {
        self.shape = shape
        self.segment = segment
        self.algorithm = algorithm
        stamp = serial
        self.step = step
        self.router = router
        self.isWarmup = isWarmup
    }

    /// Ranks that have something to wait for.
    var ranksTakingPart: Int { compiled?.programs.count(where: \.takesPart) ?? 0 }

    /// The same step, of which nothing has happened yet.
    func again() -> StepUnderWay {
        let step = StepUnderWay(
            serial: stamp,
            step: step,
            router: router,
            isWarmup: isWarmup,
            shape: shape,
            segment: segment,
            algorithm: algorithm
        )
        step.leads = leads
        return step
    }

    /// Makes room for what the ranks will say; those that are excluded put nothing into it.
    func reserve(world: Int, experts: Int, excluded: Set<Rank>) {
        self.excluded = excluded
        inputs = Array(repeating: nil, count: world)
        done = Array(repeating: nil, count: world)
        for rank in excluded { inputs[rank.index] = .absent(world: world, experts: experts) }
    }

    func take(_ input: RankInput, of rank: Rank) {
        inputs[rank.index] = input
        if leads.indices.contains(rank.index) { inputs[rank.index]?.lead = leads[rank.index] }
    }

    /// What ranks need for messages of shared copies, if they exchange those.
    func noteBuffers(_ copies: TokenCopies) {
        guard compiled?.programs.first?.isShared == true else { return }
        for rank in copies.layout.ranks {
            inputs[rank.index]?.bufferBytes = copies.bufferBytes(of: rank)
        }
    }

    var now: Instant? { clock?.instant(atHost: Loop.hostNanoseconds) }

    func emulated(_ hostNanoseconds: Int64) -> Interval {
        clock?.emulated(hostNanoseconds: hostNanoseconds) ?? .zero
    }

    /// The step's outcome, once every worker has answered.
    func outcome(wallNanoseconds: Int64, dilation: Double) throws -> StepOutcome {
        var lateness = LatenessHistogram()
        var verification = Verification()
        for (index, answer) in done.enumerated() {
            guard let answer else { continue }
            guard let part = LatenessHistogram(sparse: answer.lateness, max: answer.latenessMax)
            else {
                throw RunFailure.protocolViolation(Rank(index), "a lateness that cannot be")
            }
            lateness.merge(part)
            verification += answer.verification
        }
        let skipped = clock?.skipped ?? .zero
        // Who is excluded is through before anybody begins.
        let atOnce = (compiled?.programs.first?.stages ?? []).map { _ in Instant.zero }
        var outcome = StepOutcome(
            step: step,
            router: router,
            isWarmup: isWarmup,
            inputs: inputs.compactMap(\.self),
            algorithm: compiled?.choice ?? AlgorithmChoice(.direct, reason: ""),
            stageEnds: done.map { $0?.stageEnds ?? atOnce },
            lateness: lateness,
            verification: verification,
            digests: done.map { $0?.digest ?? 0 },
            wallNanoseconds: wallNanoseconds,
            skippedNanoseconds: Int64(Double(skipped.picoseconds) * dilation / 1000),
            cpuBusy: cpuBusy
        )
        outcome.excluded = excluded.sorted()
        outcome.rateShareMax = done.compactMap { $0?.rateShareMax }.max() ?? 0
        outcome.programs = compiled?.programs ?? []
        for (rank, program) in outcome.programs.enumerated() {
            outcome.inputs[rank].bufferBytes += program.relayedBytes(of: Rank(rank))
        }
        outcome.workerNanoseconds = workerCPU
        outcome.segment = segment
        if done.contains(where: { $0?.learned != nil }) {
            outcome.learned = done.map { $0?.learned ?? .nothing }
        }
        return outcome
    }
}

extension RankInput {
    /// What a rank that is gone puts into a step.
    fileprivate static func absent(world: Int, experts: Int) -> RankInput {
        RankInput(
            send: Array(repeating: 0, count: world),
            kept: Array(repeating: 0, count: experts),
            offered: 0,
            dropped: 0,
            capacity: 0,
            gate: .zero,
            expert: .zero,
            bufferBytes: 0
        )
    }
}

extension StepDone {
    fileprivate var verification: Verification {
        var verification = Verification()
        verification.tokens = verifiedTokens
        verification.bytes = verifiedBytes
        verification.mismatches = mismatches
        verification.firstMismatch = firstMismatch
        return verification
    }
}

extension Prepared {
    /// The most bytes, tokens or picoseconds that a rank may claim: sums over all ranks stay far
    /// from an Int's end.
    private static let claimMax = 1 << 48

    /// Whether it has the cluster's shape, and numbers that can be.
    func fits(_ layout: RankLayout) -> Bool {
        let (world, experts) = (layout.world, layout.experts)
        let counts = input.send + input.kept + [input.offered, input.dropped, input.capacity]
        let claims = counts + [input.bufferBytes, Int(input.gate.picoseconds)]
        return input.send.count == world && (input.kept.isEmpty || input.kept.count == experts)
            && claims.allSatisfy { (0...Self.claimMax).contains($0) }
            && (0...Int64(Self.claimMax)).contains(input.expert.picoseconds)
            && groupsFit(layout)
    }

    /// Whether its groups of tokens are groups of this cluster, of no more tokens than it has.
    private func groupsFit(_ layout: RankLayout) -> Bool {
        let places = min(layout.npusPerNode, ExpertTraffic.groupedPlacesMax)
        let all = UInt64.max >> UInt64(64 - places)
        return TokenGroup.areInOrder(input.groups)
            && input.groups.allSatisfy {
                (0..<layout.nodes).contains($0.node) && $0.npus > 0 && $0.npus <= all
                    && (1...max(1, input.offered)).contains($0.tokens)
            }
    }
}
