import ClusterModel
import Exchange
import Links

/// The algorithm that will take the least time for one step, found by playing each.
public struct AlgorithmPrediction: Sendable {
    public let programs: [RankProgram]
    public let choice: AlgorithmChoice
    /// Predicted step times, best first; only `direct` where no other could be faster.
    public let times: [(algorithm: ExchangeAlgorithm, time: Interval)]

    /// Chunks of a prediction: with more, larger ones are played instead.
    private static let chunksMax = 60_000
    /// Another algorithm must save more than this to be chosen: relays cost hosts, too.
    private static let gainMin = 0.005

    public init(_ demand: StepDemand, over ports: PortMap, chunk: ByteCount) throws(Stall) {
        let chunk = Self.coarse(chunk, for: demand.matrix)
        let direct = demand.programs(.direct, over: ports)
        let directTime = try Self.time(direct, ports, chunk)
        var times = [(algorithm: ExchangeAlgorithm.direct, time: directTime)]
        var best = (algorithm: ExchangeAlgorithm.direct, programs: direct)
        let reason: String
        if Self.isNearBound(directTime, demand, ports) {
            reason =
                "no other order or way could be faster by more than 1 %: predicted "
                + "\(Self.text(directTime)), at the bound for relaying exchanges"
        } else {
            for algorithm in Self.rivals(ports) {
                let programs = demand.programs(algorithm, over: ports)
                let time = try Self.time(programs, ports, chunk)
                let limit = (times.map(\.time).min() ?? time).seconds * (1 - Self.gainMin)
                if time.seconds < limit { best = (algorithm, programs) }
                times.append((algorithm, time))
            }
            let all = times.sorted { $0.time < $1.time }
            let claim =
                best.algorithm == all[0].algorithm
                ? "least predicted time: "
                : "within 0.5 % of the least predicted time, for which no other way is gone: "
            reason =
                claim
                + all.map { "\($0.algorithm.rawValue) \(Self.text($0.time))" }
                .joined(separator: ", ")
        }
        programs = best.programs
        choice = AlgorithmChoice(best.algorithm, reason: reason)
        self.times = times.sorted { $0.time < $1.time }
    }

    /// Those that differ from `direct` on this cluster.
    private static func rivals(_ ports: PortMap) -> [ExchangeAlgorithm] {
        var rivals: [ExchangeAlgorithm] = [.pairwise]
        if ports.layout.nodes > 1, ports.layout.npusPerNode > 1 {
            rivals += [.balanced, .rail, .hierarchical]
        }
        if ports.layout.parallel.tp > 1 { rivals.append(.groupwise) }
        return rivals
    }

    private static func time(
        _ programs: [RankProgram],
        _ ports: PortMap,
        _ chunk: ByteCount
    ) throws(Stall) -> Interval {
        var simulation = StepSimulation(programs: programs, ports: ports, chunk: chunk)
        let ends = try simulation.run().stageEnds
        return (ends.compactMap { $0.max() }.max() ?? .zero) - Instant.zero
    }

    private static func isNearBound(
        _ time: Interval,
        _ demand: StepDemand,
        _ ports: PortMap
    ) -> Bool {
        // Waits and skew between ranks stand beside the exchanges of a layer. Ranks of a
        // tensor-parallel group that carry the same bytes once go below every bound.
        guard demand.isBare, ports.layout.parallel.tp == 1 else { return false }
        let bound = LowerBound(of: demand.matrix, over: ports)
        let (near, far) = (ports.links.hccs.latency, ports.links.roce.latency)
        // What decides may lie inside a node: then no byte of it has to go the long way.
        let across = bound.between > .zero ? bound.between + far : .zero
        return time <= Interval(seconds: 1.01 * max(across, bound.relayed + min(near, far)).seconds)
    }

    /// A chunk that keeps the number of events bounded.
    private static func coarse(_ chunk: ByteCount, for matrix: TrafficMatrix) -> ByteCount {
        let needed = (matrix.total + chunksMax - 1) / chunksMax
        return ByteCount(min(1 << 28, max(chunk.value, needed)))
    }

    private static func text(_ time: Interval) -> String {
        let tenths = Int((time.microseconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) µs"
    }
}
