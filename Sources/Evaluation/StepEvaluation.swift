// From what a step left behind to the row that describes it.

import ClusterModel
import Exchange
import Links
import Report
import Simulation
import Statistics

/// One step with its figures; as JSON a line of measured.jsonl, from which a broken run goes on.
public struct StepEvaluation: Sendable, Codable {
    /// Of a step of several segments, all of them together.
    public let outcome: StepOutcome
    public var record: StepRecord
    /// How many segments it was: each takes a serial number, and digests depend on those.
    public let segments: Int
    /// Of the first dispatch exchange, as measured.
    let dispatchTime: Interval
    /// Every exchange of the step, both ways; not its sums.
    let traffic: TrafficMatrix
    /// Its sums over ranks, of gradients and of counts; nil where nothing is summed.
    let sums: TrafficMatrix?

    /// Plays the step in virtual time and puts the figures together.
    ///
    /// - Parameters:
    ///   - segments: of the step, in order; most steps are one.
    ///   - plan: of the run.
    ///   - router: its name.
    ///   - resends: how often chunks that came damaged were asked for again.
    /// - Throws: `Stall` where the machines come to a stop.
    public init(
        _ segments: [StepOutcome],
        plan: ClusterPlan,
        router: String,
        resends: ResendLimits? = nil
    ) throws(Stall) {
        let ports = PortMap(layout: RankLayout(plan), links: plan.links)
        var measured = StepTimeline(world: plan.world)
        var simulated = StepTimeline(world: plan.world)
        var times: [(measured: StepTiming, simulated: StepTiming)] = []
        for segment in segments {
            let dispatch = segment.dispatch
            let graph = StageGraph(segment.programs[0])
            let excluded = segment.excluded
            measured.append(
                segment.segment,
                graph,
                ends: segment.stageEnds,
                excluded: excluded
            )
            let leads = simulated.chain.leads
            let isLed = leads.contains { $0 > .zero }
            let programs =
                isLed
                ? zip(segment.programs, leads).map { $0.leading(by: $1) } : segment.programs
            var simulation = StepSimulation(
                programs: programs,
                ports: ports,
                chunk: plan.exchange.chunk,
                resends: resends
            )
            let ends = try simulation.run().stageEnds
            let played = StageGraph(programs[0])
            simulated.append(segment.segment, played, ends: ends, excluded: excluded)
            times.append(
                (
                    StepTiming(ends: segment.stageEnds, stages: graph, dispatch: dispatch),
                    StepTiming(ends: ends, stages: played, dispatch: dispatch)
                )
            )
        }
        outcome = StepOutcome(joining: segments)
        self.segments = segments.count
        traffic = Self.traffic(of: segments.filter { !$0.segment.isSum }, size: plan.world)
        let summing = segments.filter(\.segment.isSum)
        sums = summing.isEmpty ? nil : Self.traffic(of: summing, size: plan.world)
        let first = segments.firstIndex { $0.segment.movesTokens } ?? 0
        dispatchTime = times[first].measured.dispatchExchange
        let slowest = times.last?.measured.slowestRank ?? 0
        let exchanges = zip(segments, times).filter { !$0.0.segment.isSum }.map(\.1)
        let bound = LowerBound(
            of: segments[first].dispatch,
            copies: TokenCopies(
                segments[first].inputs,
                layout: ports.layout,
                tokenBytes: plan.model.tokenBytes.value
            ),
            over: ports
        )
        let readers = Self.readers(of: outcome, ports.layout)
        record = StepRecord(
            step: outcome.step,
            router: router,
            isWarmup: outcome.isWarmup,
            stepTimeUs: measured.chain.length.microseconds,
            simulatedUs: simulated.chain.length.microseconds,
            alltoallUs: exchanges.reduce(0) { $0 + $1.measured.alltoall.microseconds },
            simulatedAlltoallUs: exchanges.reduce(0) { $0 + $1.simulated.alltoall.microseconds },
            phasesUs: Self.sum(times.map { $0.measured.phases(of: slowest) }),
            slowestRank: slowest,
            boundUs: BoundsUs(
                direct: bound.direct.microseconds,
                relayed: bound.relayed.microseconds
            ),
            bytes: BytesByReach(traffic, over: ports.layout),
            sumBytes: sums.map { BytesByReach($0, over: ports.layout) },
            offered: readers.reduce(0) { $0 + $1.offered },
            routed: readers.reduce(0) { $0 + $1.offered - $1.dropped },
            dropped: readers.reduce(0) { $0 + $1.dropped },
            capacity: outcome.inputs.map(\.capacity).max() ?? 0,
            latenessP99Us: Double(outcome.lateness.quantile(0.99)) / 1e6,
            latenessMaxUs: Double(outcome.lateness.maxPicoseconds) / 1e6,
            digest: Self.digest(segments.flatMap(\.digests)),
            wallMs: Double(outcome.wallNanoseconds) / 1e6,
            algorithm: outcome.algorithm.algorithm.rawValue,
            algorithmReason: outcome.algorithm.reason,
            overlap: measured.overlap,
            ranks: measured.ranks,
            trainLoss: outcome.trainLoss
        )
    }

    /// What one rank of each tensor-parallel group put in.
    private static func readers(of outcome: StepOutcome, _ layout: RankLayout) -> [RankInput] {
        layout.leaders.filter { !outcome.excluded.contains($0) }.map { outcome.inputs[$0.index] }
    }

    private static func sum(_ phases: [Phases]) -> Phases {
        phases.dropFirst().reduce(phases[0], +)
    }

    /// What crossed each link, hop by hop, in segments.
    ///
    /// Relayed bytes count on every link they take, a copy that experts share counts once. On the
    /// diagonal stands what stays on a rank, there and back.
    private static func traffic(of segments: [StepOutcome], size: Int) -> TrafficMatrix {
        var matrix = TrafficMatrix(size: size)
        for segment in segments {
            for (index, program) in segment.programs.enumerated() {
                let rank = Rank(index)
                let stays = segment.inputs[index].send[index]
                matrix[rank, rank] += segment.segment.isSum ? stays : 2 * stays
                for send in program.stages.flatMap({ $0.exchange?.sends ?? [] }) {
                    matrix[rank, send.peer] += send.run.bytes
                }
            }
        }
        return matrix
    }

    /// One word for all ranks, in rank order.
    private static func digest(_ parts: [UInt32]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in parts {
            hash = (hash ^ UInt64(part)) &* 0x0000_0100_0000_01B3
        }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

extension BytesByReach {
    /// How far the bytes of a matrix go.
    init(_ matrix: TrafficMatrix, over layout: RankLayout) {
        let reach = matrix.reach(layout)
        self.init(local: reach.local, intraNode: reach.intraNode, interNode: reach.interNode)
    }
}
