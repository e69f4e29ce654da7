// From what failed and what was done about it to the survival part of the results.

import ClusterModel
import Exchange
import Faults
import Membership
import Report
import Statistics

/// What a run came through.
public struct SurvivalEvaluation: Sendable {
    /// A step may be slower than those before it by this and count as back.
    private static let backShare = 0.95

    private let incidents: [Incident]
    private let paces: [StepPace]
    /// Host nanoseconds at which the launch began.
    private let launchedAt: Int64
    private let resends: ResendTally

    public init(
        incidents: [Incident],
        paces: [StepPace],
        launchedAt: Int64,
        resends: ResendTally = ResendTally()
    ) {
        self.resends = resends
        self.incidents = incidents
        self.paces = paces
        self.launchedAt = launchedAt
    }

    /// What became of the run.
    ///
    /// - Parameters:
    ///   - mismatches: of the proof of every step.
    ///   - balance: tokens that were kept less those that came back whole, step by step.
    ///   - droppedByPolicy: tokens that were not offered.
    ///   - state: what the run ended with, beside a run without faults; `nil` where nobody asked.
    /// - Returns: the verdict with its reasons, and every incident.
    public func report(
        mismatches: Int,
        balance: [Int],
        droppedByPolicy: Int,
        state: StateComparison? = nil
    ) -> Survival {
        let lost = balance.reduce(0) { $0 + max(0, $1) }
        let duplicated = balance.reduce(0) { $0 + max(0, -$1) }
        let verdict = SurvivalVerdict(
            SurvivalFacts(
                outcomes: [],
                end: end(mismatches: mismatches),
                tokensLost: lost,
                tokensDuplicated: duplicated,
                stateIsEqual: state?.isEqual,
                recoveries: incidents.filter { $0.redoneAt != nil }.map(\.measure)
                    + (resends.mended > 0 ? [.resend] : [])
            )
        )
        let isUnhurt = incidents.isEmpty && verdict.level == .noEffect
        var survival = Survival(
            verdict: isUnhurt ? "unhurt" : verdict.level.rawValue,
            reasons: isUnhurt ? [] : verdict.reasons,
            tokensLost: lost,
            tokensDuplicated: duplicated,
            tokensDroppedByPolicy: droppedByPolicy,
            incidents: incidents.map(record)
        )
        (survival.stateIsEqual, survival.stateNote) = (state?.isEqual, state?.note)
        (survival.chunksResent, survival.bytesResent) = (resends.chunks, resends.bytes)
        return survival
    }

    /// Whether anything failed.
    public var isHurt: Bool { !incidents.isEmpty }

    /// The caller's numbers of the steps in which something failed.
    public var hurtSteps: Set<Int> { Set(incidents.compactMap(\.step)) }

    /// Without faults in the plan whoever is killed is killed from outside, and a worker that
    /// crashed makes the run F, whatever followed.
    private func end(mismatches: Int) -> FaultedRunEnd {
        if mismatches > 0 {
            return .failed("\(mismatches) payloads are not as they were sent")
        }
        if let killed = incidents.first(where: { $0.death == .outside }) {
            return .killedFromOutside("\(killed.failure), by nothing in the plan")
        }
        if let crashed = incidents.first(where: { $0.death == .crash }) {
            return .failed("\(crashed.failure): it crashed")
        }
        let abort = incidents.first { $0.measure == .abort }
        return abort.map { .aborted("\($0.failure)") } ?? .finished
    }

    private func record(_ incident: Incident) -> IncidentRecord {
        let since = { (at: Int64?) in at.map { Double($0 - incident.detectedAt) / 1e6 } }
        let hit = paces.first { $0.stamp == incident.step }
        let usual = usualPace(before: incident, router: incident.router)
        var record = IncidentRecord(
            what: "\(incident.failure)",
            measure: incident.measure.rawValue,
            rank: incident.rootCause?.index,
            discoverer: incident.discoverer.map { "rank \($0)" } ?? "coordinator",
            phase: incident.phase,
            detectedMs: Double(incident.detectedAt - launchedAt) / 1e6,
            decidedMs: since(incident.decidedAt) ?? 0,
            rejoinedMs: since(incident.rejoinedAt),
            recoveredMs: since(incident.recoveredAt),
            redoneMs: since(incident.redoneAt),
            backMs: since(backAt(after: incident)),
            throughput: IncidentThroughput(
                before: usual.map { 1e9 / $0 },
                during: hit.map { 1e9 / Double($0.endedAt - $0.firstAt) },
                after: usualPace(after: incident, router: incident.router).map { 1e9 / $0 }
            )
        )
        record.charge = incident.charge
        if !incident.leftOut.isEmpty { record.leftOut = incident.leftOut.map(\.index).sorted() }
        if let began = incident.rejoinBeganAt, let back = incident.rejoinedAt {
            record.rejoinMs = Double(back - began) / 1e6
            let without = median {
                $0.router == incident.router && $0.firstAt >= incident.detectedAt
                    && $0.endedAt <= began
            }
            record.throughput.without = without.map { 1e9 / $0 }
        }
        return record
    }

    /// Median time of a router's steps that ended before a failure, ns.
    private func usualPace(before incident: Incident, router: Int?) -> Double? {
        median { $0.router == router && $0.endedAt <= incident.detectedAt }
    }

    private func usualPace(after incident: Incident, router: Int?) -> Double? {
        median { $0.router == router && $0.firstAt >= incident.wholeFrom }
    }

    private func median(_ isMeant: (StepPace) -> Bool) -> Double? {
        Quantile.linear(0.5, of: paces.filter(isMeant).map { Double($0.nanoseconds) })
    }

    /// When the first step began, or began again, that ran as fast as its router's steps before.
    private func backAt(after incident: Incident) -> Int64? {
        paces.first { pace in
            guard pace.lastAt >= incident.wholeFrom,
                let usual = usualPace(before: incident, router: pace.router)
            else { return false }
            return Double(pace.nanoseconds) * Self.backShare <= usual
        }?.lastAt
    }
}

extension Incident {
    /// Host nanoseconds before which no step can be as those before it: of who was left out and came
    /// back its return, else the detection.
    fileprivate var wholeFrom: Int64 {
        rejoinBeganAt == nil ? detectedAt : rejoinedAt ?? detectedAt
    }
}
