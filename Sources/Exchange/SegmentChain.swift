import ClusterModel

/// How the segments of a step follow each other: every rank begins a segment where it ended the
/// one before, and between two segments the clock stands still.
public struct SegmentChain: Sendable, Equatable {
    /// Emulated time from the step's start to the start of the segment that comes next: that of
    /// the first rank.
    public private(set) var elapsed = Interval.zero
    /// How long after the first each rank begins the segment that comes next, index = rank.
    public private(set) var leads: [Interval]

    /// Before the first segment: all ranks begin together.
    public init(world: Int) {
        leads = Array(repeating: .zero, count: world)
    }

    /// A segment has ended on each rank at these instants, counted from its start; nobody waits for
    /// those that are excluded.
    public mutating func append(finishes: [Instant], excluded: [Rank] = []) {
        let members = finishes.indices.filter { !excluded.contains(Rank($0)) }
        let first = members.map { finishes[$0] }.min() ?? .zero
        elapsed = elapsed + (first - Instant.zero)
        for rank in leads.indices { leads[rank] = .zero }
        for rank in members { leads[rank] = finishes[rank] - first }
    }

    /// From the step's start to the last rank's end.
    public var length: Interval { elapsed + (leads.max() ?? .zero) }
}

extension RankProgram {
    /// The same program of a rank that begins so long after the first.
    ///
    /// All ranks of a step must have a lead, or none.
    public func leading(by lead: Interval) -> RankProgram {
        let wait = Stage(StageRole(.lead), after: [], .wait(lead))
        if stages.first?.role.kind == .lead {
            return RankProgram([wait] + stages.dropFirst())
        }
        let shifted = stages.map { stage in
            Stage(
                stage.role,
                after: stage.after.isEmpty ? [0] : stage.after.map { $0 + 1 },
                stage.work
            )
        }
        return RankProgram([wait] + shifted)
    }
}
