// Schedules at random, for chaos: from a seed, within a budget.

import ClusterModel

/// How many faults a drawn schedule has, and of which kinds.
public struct FaultBudget: Hashable, Sendable {
    public var count: ClosedRange<Int>
    /// How often a kind is drawn against the others, by name; 0 leaves it out.
    public var weights: [String: Int]

    /// All kinds alike, unless `weights` says otherwise for some.
    public init(count: ClosedRange<Int> = 3...6, weights: [String: Int] = [:]) {
        invariant(count.lowerBound >= 0, "a schedule of \(count.lowerBound) faults")
        self.count = count
        self.weights = weights
    }

    /// These kinds alike and no others.
    public init(count: ClosedRange<Int> = 3...6, only names: [String]) {
        let excluded = FaultKind.names.filter { !names.contains($0) }
        self.init(count: count, weights: Dictionary(uniqueKeysWithValues: excluded.map { ($0, 0) }))
    }

    func weight(_ name: String) -> Int { max(0, weights[name] ?? 1) }
}

/// Draws schedules.
public struct FaultDraw: Sendable {
    private let budget: FaultBudget
    private let ground: FaultGround

    public init(budget: FaultBudget, ground: FaultGround) {
        self.budget = budget
        self.ground = ground
    }

    /// The schedule of `seed`: every fault fits the ground, and those that last heal before the
    /// last step where they can, so that liveness can be asked for.
    public func schedule(seed: UInt64) -> [FaultSpec] {
        var random = SeededRandom(seed: seed, 0xFA03)
        let count = budget.count.lowerBound + random.next(below: budget.count.count)
        return (0..<count).compactMap { _ in fitting(&random) }
    }

    /// How often a fault is drawn anew that the ground has no use for.
    private static let triesMax = 100

    private func fitting(_ random: inout SeededRandom) -> FaultSpec? {
        for _ in 0..<Self.triesMax {
            guard let spec = spec(&random) else { return nil }
            if spec.problems(on: ground).isEmpty { return spec }
        }
        return nil
    }

    private func spec(_ random: inout SeededRandom) -> FaultSpec? {
        guard let name = name(&random), let kind = FaultKind.draw(name, &random) else { return nil }
        let sorts = kind.traits.targets.filter(ground.has)
        guard !sorts.isEmpty else { return nil }
        let target = ground.draw(sorts[random.next(below: sorts.count)], &random)
        return FaultSpec(kind: kind, target: target, trigger: trigger(kind, target, &random))
    }

    private func name(_ random: inout SeededRandom) -> String? {
        let drawable = FaultKind.names.filter { name in
            budget.weight(name) > 0 && isPossible(name)
        }
        let total = drawable.reduce(0) { $0 + budget.weight($1) }
        guard total > 0 else { return nil }
        var ticket = random.next(below: total)
        return drawable.first { name in
            ticket -= budget.weight(name)
            return ticket < 0
        }
    }

    /// Whether the ground has a target for it; the sorts of a kind do not depend on what it draws,
    /// and a partition always has one.
    private func isPossible(_ name: String) -> Bool {
        var random = SeededRandom(seed: 0)
        let kind = FaultKind.draw(name, &random)
        return kind?.traits.targets.contains(where: ground.has) ?? false
    }

    private func trigger(
        _ kind: FaultKind,
        _ target: FaultTarget,
        _ random: inout SeededRandom
    ) -> FaultTrigger {
        guard !kind.traits.onlyAtLaunch else { return FaultTrigger(at: .launch) }
        let step = random.next(below: ground.steps)
        // Tokens get their experts at the gate: later is too late for these.
        let phases: [FaultPhase?] = kind.isOfExperts ? [nil, .gate] : [nil] + FaultPhase.allCases
        var at = FaultMoment.step(step, phases[random.next(below: phases.count)])
        if case .pair(let from, let to) = target, random.next(below: 4) == 0 {
            at = .message(1 + random.next(below: ground.steps), from: from, to: to)
        }
        guard kind.traits.lasts else { return FaultTrigger(at: at) }
        let left = max(1, ground.steps - 1 - step)
        return FaultTrigger(at: at, span: .steps(1 + random.next(below: min(3, left))))
    }
}
