// The stages of a step without their bytes: enough to say when each began, given when all ended.

import ClusterModel
import Exchange
import Report

/// Roles and order of a step's stages.
struct StageGraph {
    private var roles: [StageRole]
    private var after: [[Int]]
    /// The segment of each stage.
    private var segments: [Int]
    /// Names of the segments; none where there is one only.
    private var names: [String]

    /// Without stages.
    init() { (roles, after, segments, names) = ([], [], [], []) }

    /// From any rank's program: all ranks have the same stages.
    init(_ program: RankProgram) {
        roles = program.stages.map(\.role)
        after = program.stages.map(\.after)
        segments = roles.map { _ in 0 }
        names = []
    }

    /// Adds a segment: its first stages come after all that is there.
    mutating func append(_ other: StageGraph, of segment: StepSegment) {
        let (start, number) = (count, names.count)
        let before = Array(roles.indices.filter { segments[$0] == number - 1 })
        roles += other.roles
        after += other.after.map { $0.isEmpty ? before : $0.map { $0 + start } }
        segments += other.roles.map { _ in number }
        names.append(segment.title)
    }

    var count: Int { roles.count }
    var isPipelined: Bool { roles.contains { $0.part > 0 } }

    func all(_ kind: StageKind) -> [Int] { roles.indices.filter { roles[$0].kind == kind } }

    /// Those of the first segment that has any.
    func first(_ kind: StageKind) -> [Int] {
        let stages = all(kind)
        guard let first = stages.first else { return [] }
        return stages.filter { segments[$0] == segments[first] }
    }

    /// When a rank that ended its stages at `ends` began one.
    func start(of stage: Int, _ ends: [Instant]) -> Instant {
        after[stage].map { ends[$0] }.max() ?? .zero
    }

    /// How long the stages of a kind took together.
    func length(of kind: StageKind, _ ends: [Instant]) -> Interval {
        all(kind).reduce(.zero) { $0 + (ends[$1] - start(of: $1, ends)) }
    }

    /// Every stage of a rank, for a trace.
    func spans(of ends: [Instant]) -> [StageSpan] {
        roles.indices.filter { roles[$0].kind != .lead }.map { stage in
            let role = roles[stage]
            var name = names.count > 1 ? "\(names[segments[stage]]) " : ""
            name += role.kind.rawValue
            if isPipelined, role.kind != .gate { name += " \(role.part)" }
            if role.round > 0 || !role.isLastRound { name += " round \(role.round)" }
            return StageSpan(
                name: name,
                isExchange: role.kind.isExchange,
                start: (start(of: stage, ends) - Instant.zero).microseconds,
                end: (ends[stage] - Instant.zero).microseconds
            )
        }
    }

    /// What a rank was doing until `finish`.
    func activity(of ends: [Instant], until finish: Instant) -> Activity {
        var computing: [(Instant, Instant)] = []
        var exchanging: [(Instant, Instant)] = []
        for (stage, role) in roles.enumerated() {
            let span = (start(of: stage, ends), ends[stage])
            guard span.0 < span.1 else { continue }
            switch role.kind {
            case .gate, .expert: computing.append(span)
            case .dispatch, .combine, .reduce: exchanging.append(span)
            case .lead: break
            }
        }
        return Activity(computing: computing, exchanging: exchanging, until: finish)
    }
}
