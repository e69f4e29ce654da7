// From a schedule that fails to the smallest one that still does: delta debugging over the list
// (Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", TSE 2002, ddmin), then
// each fault's trigger and parameters, one simplification at a time.

import ClusterModel

/// What shrinking gave.
public struct ShrunkSchedule: Hashable, Sendable {
    /// Fails still; without any one of its faults it does not, unless `isCutShort`.
    public var specs: [FaultSpec]
    /// Schedules played.
    public var tries: Int
    /// The bound on tries ended it: smaller ones may fail too.
    public var isCutShort: Bool
}

/// Shrinks schedules.
public struct FaultShrinker {
    private let triesMax: Int
    private let fails: ([FaultSpec]) throws -> Bool
    private var tries = 0
    private var seen: [[FaultSpec]: Bool] = [:]

    private init(triesMax: Int, fails: @escaping ([FaultSpec]) throws -> Bool) {
        self.triesMax = triesMax
        self.fails = fails
    }

    /// The smallest failing schedule that is found from `failing`.
    ///
    /// `fails` plays a schedule and must be a function of it (play with one seed); `failing` is
    /// taken to fail. At most `triesMax` schedules are played. Rethrows what `fails` throws.
    public static func smallest(
        _ failing: [FaultSpec],
        triesMax: Int = 1000,
        fails: ([FaultSpec]) throws -> Bool
    ) rethrows -> ShrunkSchedule {
        try withoutActuallyEscaping(fails) { fails in
            var shrinker = FaultShrinker(triesMax: triesMax, fails: fails)
            var specs = try shrinker.fewest(failing)
            // A simpler fault may make another one needless.
            while let simpler = try shrinker.simplified(specs) {
                specs = try shrinker.fewest(simpler)
            }
            return ShrunkSchedule(
                specs: specs,
                tries: shrinker.tries,
                isCutShort: shrinker.tries >= triesMax
            )
        }
    }

    /// ddmin: drop ever smaller runs of faults.
    private mutating func fewest(_ failing: [FaultSpec]) throws -> [FaultSpec] {
        if try stillFails([]) { return [] }
        var (specs, parts) = (failing, 2)
        while specs.count >= 2 {
            if let smaller = try withoutOnePart(specs, parts) {
                (specs, parts) = (smaller, max(2, parts - 1))
            } else if parts < specs.count {
                parts = min(specs.count, parts * 2)
            } else {
                break
            }
        }
        return specs
    }

    private mutating func withoutOnePart(_ specs: [FaultSpec], _ parts: Int) throws
        -> [FaultSpec]?
    {
        for part in 0..<parts {
            let run = specs.count * part / parts..<specs.count * (part + 1) / parts
            var rest = specs
            rest.removeSubrange(run)
            if !run.isEmpty, try stillFails(rest) { return rest }
        }
        return nil
    }

    /// The first single simplification that still fails.
    ///
    /// Each makes a fault strictly simpler, so that there is an end.
    private mutating func simplified(_ specs: [FaultSpec]) throws -> [FaultSpec]? {
        for index in specs.indices {
            for simpler in specs[index].simpler {
                var changed = specs
                changed[index] = simpler
                if try stillFails(changed) { return changed }
            }
        }
        return nil
    }

    private mutating func stillFails(_ specs: [FaultSpec]) throws -> Bool {
        if let known = seen[specs] { return known }
        guard tries < triesMax else { return false }
        tries += 1
        let answer = try fails(specs)
        seen[specs] = answer
        return answer
    }
}
