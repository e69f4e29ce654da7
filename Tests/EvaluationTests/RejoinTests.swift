import ClusterModel
import Membership
import Testing

@testable import Evaluation

@Suite struct `A run whose rank came back` {
    private static let ms: Int64 = 1_000_000

    /// Steps of 100 ms; without the rank 60 ms.
    private static let paces: [StepPace] = [
        pace(0, from: 0, for: 100), pace(1, from: 100, again: 150, for: 60),
        pace(2, from: 210, for: 60), pace(3, from: 300, for: 100), pace(4, from: 400, for: 104),
    ]

    private static func pace(
        _ stamp: Int,
        from first: Int64,
        again last: Int64? = nil,
        for length: Int64
    ) -> StepPace {
        StepPace(
            stamp: stamp,
            router: 0,
            firstAt: first * ms,
            lastAt: (last ?? first) * ms,
            endedAt: ((last ?? first) + length) * ms
        )
    }

    private static var incident: Incident {
        var incident = Incident(
            failure: .workerEnded(Rank(3), how: "was killed by signal 9", phase: "running"),
            measure: .exclude,
            step: 1,
            phase: "running",
            detectedAt: 120 * ms,
            decidedAt: 120 * ms
        )
        (incident.recoveredAt, incident.redoneAt) = (140 * ms, 210 * ms)
        incident.router = 0
        return incident
    }

    private func record(_ incident: Incident) throws -> (back: Double?, rejoin: Double?, [Double?])
    {
        let survival = SurvivalEvaluation(
            incidents: [incident],
            paces: Self.paces,
            launchedAt: 0
        )
        .report(mismatches: 0, balance: [], droppedByPolicy: 0)
        #expect(survival.incidents.count == 1)
        let record = try #require(survival.incidents.first)
        let rates = record.throughput
        return (record.backMs, record.rejoinMs, [rates.before, rates.without, rates.after])
    }

    /// Steps without it are no way back, however fast they are.
    @Test func `is back with the first step that has it again`() throws {
        var incident = Self.incident
        (incident.rejoinBeganAt, incident.rejoinedAt) = (270 * Self.ms, 300 * Self.ms)
        let (back, rejoin, rates) = try record(incident)
        #expect(back == 180 && rejoin == 30)
        let rounded = rates.map { $0.map { ($0 * 100).rounded() / 100 } }
        #expect(rounded == [10, 16.67, 9.8])
    }

    /// The step that failed never ended, but those before it did.
    @Test func `a run that ends there keeps what was measured before`() throws {
        var incident = Self.incident
        (incident.measure, incident.step) = (.abort, 5)
        (incident.detectedAt, incident.redoneAt) = (450 * Self.ms, nil)
        let (_, _, rates) = try record(incident)
        #expect(rates[0] == 12.5)
    }

    @Test func `or, if it stays away, with the first that is as fast`() throws {
        let (back, rejoin, rates) = try record(Self.incident)
        #expect(back == 30 && rejoin == nil && rates[1] == nil)
    }
}
