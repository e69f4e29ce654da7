// Exchanges alone, in figures. The same arithmetic on measured and on simulated ones.

import ClusterModel
import Exchange
import Links
import Report
import Statistics

/// One exchange of a bench: what was moved, how long each rank took, what was expected.
public struct BenchSample: Sendable {
    public var matrix: TrafficMatrix
    /// From the start to each rank's last byte, index = rank.
    public var rankTimes: [Interval]
    /// What the slowest rank takes in virtual time; `nil` without a link model.
    public var simulated: Interval?
    /// What played it.
    public var algorithm: ExchangeAlgorithm
    public var lateness = LatenessHistogram()
    public var mismatches = 0
    public var cpuBusy = 0.0
    public var wallNanoseconds: Int64 = 0
    /// Processor time of all workers.
    public var workerNanoseconds: Int64 = 0
    public var rateShareMax = 0.0

    /// In virtual time: what was expected is what was taken.
    public init(matrix: TrafficMatrix, stageEnds: [[Instant]], algorithm: ExchangeAlgorithm) {
        self.matrix = matrix
        self.algorithm = algorithm
        rankTimes = Self.times(stageEnds)
        simulated = rankTimes.max() ?? .zero
    }

    /// Measured on workers.
    public init(matrix: TrafficMatrix, outcome: StepOutcome, simulated: Interval?) {
        self.matrix = matrix
        self.simulated = simulated
        algorithm = outcome.algorithm.algorithm
        rankTimes = Self.times(outcome.stageEnds)
        lateness = outcome.lateness
        mismatches = outcome.verification.mismatches
        cpuBusy = outcome.cpuBusy
        wallNanoseconds = outcome.wallNanoseconds
        workerNanoseconds = outcome.workerNanoseconds
        rateShareMax = outcome.rateShareMax
    }

    private static func times(_ stageEnds: [[Instant]]) -> [Interval] {
        stageEnds.map { ($0.max() ?? .zero) - Instant.zero }
    }

    /// Of the slowest rank.
    public var time: Interval { rankTimes.max() ?? .zero }

    /// The lowest of the slowest ranks.
    var slowestRank: Rank { Rank(rankTimes.firstIndex(of: time) ?? 0) }

    /// Size of the difference from the simulation, as a share of it.
    var difference: Double {
        guard let simulated, simulated > .zero else { return 0 }
        return abs(time.seconds / simulated.seconds - 1)
    }

    /// Bytes that do not stay where they are.
    var movedBytes: Int {
        (0..<matrix.size).reduce(matrix.total) { $0 - matrix[Rank($1), Rank($1)] }
    }

    /// Bytes of the busiest rank, what stays on it included: busbw takes its share off again.
    var busiestBytes: Int {
        (0..<matrix.size).map { index in
            let rank = Rank(index)
            return max(matrix.row(rank).reduce(0, +), matrix.column(rank).reduce(0, +))
        }.max() ?? 0
    }

    /// What the slowest rank's own bytes need at its links' rates.
    func transfer(over ports: PortMap) -> Interval {
        var own = TrafficMatrix(size: matrix.size)
        let rank = slowestRank
        for peer in (0..<matrix.size).map(Rank.init) {
            own[rank, peer] = matrix[rank, peer]
            own[peer, rank] = matrix[peer, rank]
        }
        return LowerBound(of: own, over: ports).direct
    }
}
