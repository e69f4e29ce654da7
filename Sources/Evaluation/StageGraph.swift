// The stages of a step without their bytes: enough to say when each began, given when all ended.

import ClusterModel
import Exchange
import Report

/// Roles and order of a step's stages.
struct StageGraph {
    private let roles: [StageRole]
    private let after: [[Int]]

    /// From any rank's program: all ranks have the same stages.
    init(_ program: RankProgram) {
        roles = program.stages.map(\.role)
        after = program.stages.map(\.after)
    }

    var count: Int { roles.count }
    var isPipelined: Bool { roles.contains { $0.part > 0 } }

    func all(_ kind: StageKind) -> [Int] { roles.indices.filter { roles[$0].kind == kind } }

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
        roles.indices.map { stage in
            let role = roles[stage]
            var name = role.kind.rawValue
            if isPipelined, role.kind != .gate { name += " \(role.part)" }
            if role.round > 0 || !role.isLastRound { name += " round \(role.round)" }
            return StageSpan(
                name: name,
                isExchange: role.kind == .dispatch || role.kind == .combine,
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
            case .dispatch, .combine: exchanging.append(span)
            }
        }
        return Activity(computing: computing, exchanging: exchanging, until: finish)
    }
}
