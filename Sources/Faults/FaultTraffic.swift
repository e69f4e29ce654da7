// What can take effect in a run: faults that are drawn at random know nothing of how much moves there.

import ClusterModel
import Glibc

/// What a run moves, as far as it decides whether a fault can be seen.
public struct FaultTraffic: Hashable, Sendable {
    public var ground: FaultGround
    /// Chunks of a message from one rank to another, on average.
    public var chunksPerMessage: Int
    /// Passes of a step: each router's.
    public var passes: Int

    /// There and back.
    private static let exchangesPerPass = 2
    /// The most often that a share of chunks may hit none: 1 in so many strikes.
    private static let missesOneIn = 1000.0
    /// Up to so many half of them may be damaged and come whole in the end.
    private static let fewChunks = 64.0

    public init(ground: FaultGround, chunksPerMessage: Int, passes: Int) {
        self.ground = ground
        self.chunksPerMessage = chunksPerMessage
        self.passes = passes
    }

    public init(_ plan: ClusterPlan) {
        let pairs = plan.workload.tokensPerNPU * plan.routing.topK
        let message = pairs * plan.model.tokenBytes.value / plan.world
        self.init(
            ground: FaultGround(plan),
            chunksPerMessage: max(1, message / plan.exchange.chunk.value),
            passes: plan.routing.routers.count
        )
    }

    // MARK: What is drawn

    /// The faults of a schedule that can take effect, so that they do.
    ///
    /// Whoever never starts has nothing that could be hurt. A fault of computing begins before its
    /// step computes. Chunks change places where a message has two. Where so few chunks pass that a
    /// share of them may well be none, the share is larger.
    public func effective(_ specs: [FaultSpec]) -> [FaultSpec] {
        let absent = Set(
            specs.compactMap { spec -> Rank? in
                guard spec.kind == .process(.neverStarts), case .npu(let rank) = spec.target else {
                    return nil
                }
                return rank
            }
        )
        return specs.compactMap { spec in
            let isOfWork = spec.kind != .process(.neverStarts)
            guard !isOfWork || spec.ranks.isDisjoint(with: absent) else { return nil }
            return effective(spec)
        }
    }

    private func effective(_ spec: FaultSpec) -> FaultSpec? {
        var spec = spec
        switch spec.kind {
        case .compute:
            if case .step(let step, .combine)? = spec.trigger.at {
                spec.trigger.at = .step(step, nil)
            }
        case .link(.reorder) where chunksPerMessage < 2: return nil
        case .link(let fault): spec.kind = .link(fault.withShare { share($0, spec, of: fault) })
        case .process, .connection, .partition, .node, .coordinator, .expert, .resource: break
        }
        return spec
    }

    /// At least the share that is hit in nearly every strike.
    private func share(_ drawn: Ratio, _ spec: FaultSpec, of fault: LinkFault) -> Ratio {
        let count = Double(max(1, chunks(spec)))
        // What is damaged or missing is sent again, a few times: of many chunks one would be damaged
        // each time, in every attempt at the step.
        let most = fault.spoilsChunks ? (count > Self.fewChunks ? 1 : 4) : 8
        let least = 1 - exp(-log(Self.missesOneIn) / count)
        let share = Double(drawn.numerator) / Double(drawn.denominator)
        guard share < least || share * 8 > Double(most) else { return drawn }
        let eighths = min(most, max(Int((max(least, share) * 8).rounded(.up)), 1))
        return Ratio(eighths, 8) ?? drawn
    }

    /// Chunks that pass the ways of a fault while it lasts, as far as its moments say.
    private func chunks(_ spec: FaultSpec) -> Int {
        var exchanges = passes * Self.exchangesPerPass
        if case .steps(let steps) = spec.trigger.span {
            exchanges = passes * Self.exchangesPerPass * (steps - 1) + firstExchanges(spec)
        }
        return exchanges * ways(spec.target) * chunksPerMessage
    }

    /// Exchanges of its first step that it meets.
    private func firstExchanges(_ spec: FaultSpec) -> Int {
        switch spec.trigger.at {
        case .step(_, .expert)?, .step(_, .combine)?: passes
        case .message?: 1
        default: passes * Self.exchangesPerPass
        }
    }

    private func ways(_ target: FaultTarget) -> Int {
        let world = ground.world
        return switch target {
        case .pair: 1
        case .npu: 2 * (world - 1)
        case .link(.hccs), .link(.pcie): max(1, world * (ground.npusPerNode - 1) / 2)
        case .link(.roce), .link(.uplink): max(1, world * (world - ground.npusPerNode))
        case .node, .expert, .coordinator, .cluster, .random: 1
        }
    }
}

extension FaultSpec {
    /// The ranks that it is about, by its target and its moment.
    fileprivate var ranks: Set<Rank> {
        var ranks: Set<Rank> = []
        switch target {
        case .npu(let rank): ranks = [rank]
        case .pair(let from, let to): ranks = [from, to]
        case .node, .link, .expert, .coordinator, .cluster, .random: break
        }
        if case .message(_, let from, let to)? = trigger.at { ranks.formUnion([from, to]) }
        return ranks
    }
}

extension LinkFault {
    /// Whether a chunk that it touches cannot be used, so that it or all of its attempt comes again.
    fileprivate var spoilsChunks: Bool {
        switch self {
        case .corrupt, .drop, .truncate: true
        case .bandwidth, .latency, .down, .flap, .loss, .duplicate, .reorder, .stale: false
        }
    }

    /// The same with another share of chunks, of what touches a share.
    fileprivate func withShare(_ change: (Ratio) -> Ratio) -> LinkFault {
        switch self {
        case .bandwidth, .latency, .down, .flap: self
        case .loss(let ratio, let delay): .loss(ratio: change(ratio), delay: delay)
        case .duplicate(let ratio): .duplicate(ratio: change(ratio))
        case .reorder(let ratio): .reorder(ratio: change(ratio))
        case .corrupt(let ratio): .corrupt(ratio: change(ratio))
        case .truncate(let ratio): .truncate(ratio: change(ratio))
        case .drop(let ratio): .drop(ratio: change(ratio))
        case .stale(let ratio, let age): .stale(ratio: change(ratio), age: age)
        }
    }
}
