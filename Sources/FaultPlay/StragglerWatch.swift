// Who computes slower than its peers: found from what ranks did, not from what was asked of them.

import ClusterModel
import Exchange

/// Compares the ranks of a step with each other.
public enum StragglerWatch {
    /// A rank that takes so many times as long as the median rank for what it has to compute is a
    /// straggler.
    public static let factor = 1.25

    /// Ranks that are stragglers, in their order; nobody where fewer than three compute.
    ///
    /// What a rank takes is measured from the ends of its stages, and held against what it said
    /// beforehand that its tokens need.
    public static func stragglers(in segments: [StepOutcome]) -> [Rank] {
        let world = segments.first?.programs.count ?? 0
        let all = (0..<world).map { slowness(of: $0, in: segments) }
        let known = all.compactMap(\.self).sorted()
        guard known.count >= 3 else { return [] }
        // Of an even number the lower one: of two nodes one may be slow.
        let median = known[(known.count - 1) / 2]
        return all.indices.filter { all[$0].map { $0 > factor * median } ?? false }
            .map(Rank.init)
    }

    /// Time taken over time announced; `nil` of a rank that computes nothing.
    private static func slowness(of rank: Int, in segments: [StepOutcome]) -> Double? {
        var (taken, announced) = (Interval.zero, Interval.zero)
        for segment in segments where segment.programs.indices.contains(rank) {
            let ends = segment.stageEnds[rank]
            let stages = segment.programs[rank].stages
            guard ends.count == stages.count, segment.inputs.indices.contains(rank) else {
                continue
            }
            for (index, stage) in stages.enumerated() where stage.role.kind == .expert {
                taken += ends[index] - (stage.after.map { ends[$0] }.max() ?? .zero)
            }
            announced += segment.inputs[rank].expert
        }
        return announced > .zero ? taken.seconds / announced.seconds : nil
    }
}

/// How well faults were found, against the truth that the plan knows.
public struct DetectionScore: Hashable, Sendable {
    /// Strikes with evidence.
    public var strikes = 0
    /// Of these, found by somebody who named what they hurt.
    public var found = 0
    /// Findings that no strike explains, or that name what theirs does not hurt.
    public var falseAlarms = 0

    public init() {}
}
