// All faults of a run, and what is to be done about them. From the seed alone it follows which
// strikes happen, and where: asking twice, or in another order, gives the same answer.

import ClusterModel

/// The faults and the recovery policy of a run.
public struct FaultPlan: Hashable, Sendable {
    public var specs: [FaultSpec]
    public var recovery: RecoveryPolicy
    /// The run's seed.
    public var seed: UInt64

    public static let none = FaultPlan(specs: [], recovery: .abort, seed: 0)

    public init(specs: [FaultSpec], recovery: RecoveryPolicy = .abort, seed: UInt64) {
        self.specs = specs
        self.recovery = recovery
        self.seed = seed
    }

    public var isEmpty: Bool { specs.isEmpty }

    /// Every strike of the run, fault by fault, in the order of steps.
    public func events(on ground: FaultGround) -> [FaultEvent] {
        specs.indices.reduce(into: []) { $0 += events(of: $1, first: $0.count, on: ground) }
    }

    /// The strikes of one fault, without those of steps before `from`; `first` is the number of
    /// the first.
    public func events(
        of index: Int,
        first: Int,
        from: Int = 0,
        on ground: FaultGround
    ) -> [FaultEvent] {
        strikes(specs[index], index, ground).filter { !$0.isBefore(step: from) }.enumerated()
            .map { event(first + $0, index, specs[index], $1, ground) }
    }

    /// What the players of `stage` cannot do, by name, each once: kinds, and moments that are not
    /// the start of a step.
    public func unplayed(on stage: FaultStage) -> [String] {
        specs.compactMap { $0.obstacle(on: stage) ?? brokenConnection($0, on: stage) }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Where chunks that come damaged, or not at all, are not asked for again, they break connections
    /// or hold up the step for good.
    private func brokenConnection(_ spec: FaultSpec, on stage: FaultStage) -> String? {
        guard stage == .simulated, recovery.resends == nil else { return nil }
        switch spec.kind {
        case .link(.corrupt), .link(.drop): break
        default: return nil
        }
        return "\(spec.kind.name) where recovery.policy has no \"retry\""
    }

    private func strikes(_ spec: FaultSpec, _ index: Int, _ ground: FaultGround) -> [FaultMoment] {
        candidates(spec.trigger, ground).enumerated().filter { turn, _ in
            guard let probability = spec.trigger.probability else { return true }
            var random = SeededRandom(seed: seed, Purpose.strike, UInt64(index), UInt64(turn))
            return probability.hits(&random)
        }
        .map(\.element)
    }

    /// The moments of which each may be a strike.
    private func candidates(_ trigger: FaultTrigger, _ ground: FaultGround) -> [FaultMoment] {
        let isRepeated = trigger.every != nil || trigger.at == nil
        guard isRepeated else { return trigger.at.map { [$0] } ?? [] }
        var (first, phase) = (0, FaultPhase?.none)
        if case .step(let step, let part)? = trigger.at { (first, phase) = (step, part) }
        guard first < ground.steps else { return [] }
        let moments = stride(from: first, to: ground.steps, by: trigger.every ?? 1).map {
            FaultMoment.step($0, phase)
        }
        guard case .until(let end) = trigger.span else { return moments }
        return moments.filter { !end.isNoLater(than: $0) }
    }

    private func event(
        _ id: Int,
        _ index: Int,
        _ spec: FaultSpec,
        _ moment: FaultMoment,
        _ ground: FaultGround
    ) -> FaultEvent {
        var random = SeededRandom(seed: seed, Purpose.event, UInt64(index), UInt64(id))
        var target = spec.target
        if target == .random, let sort = spec.kind.traits.targets.first {
            target = ground.draw(sort, &random)
        }
        return FaultEvent(
            id: id,
            spec: index,
            kind: spec.kind,
            target: target,
            moment: moment,
            span: spec.trigger.span.resolved(from: moment, lasts: spec.kind.traits.lasts),
            seed: random.next()
        )
    }

    /// Labels of random streams.
    private enum Purpose {
        static let strike: UInt64 = 0xFA01
        static let event: UInt64 = 0xFA02
    }
}

extension FaultSpan {
    /// Steps counted from a step end at one; what begins with a message and says no more is about
    /// that message alone.
    fileprivate func resolved(from moment: FaultMoment, lasts: Bool) -> FaultSpan {
        switch (self, moment) {
        case (.steps(let count), .step(let step, _)): .until(.step(step + count, nil))
        case (.forever, .message(let number, let from, let to)) where lasts:
            .until(.message(number + 1, from: from, to: to))
        default: self
        }
    }
}
