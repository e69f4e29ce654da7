/// One row of `bench alltoall`: an algorithm on one case.
///
/// What only a model of the links knows is `nil` on the bare engine, `null` in JSON.
public struct BenchRow: Codable, Sendable, Equatable {
    /// "W2 hot rank", "1 MiB a pair", "matrix.txt".
    public var workload: String
    public var algorithm: String
    /// What `auto` chose in its last exchange; else the same as `algorithm`.
    public var chosen: String
    public var ranks: Int
    public var nodes: Int
    /// Mean of an exchange.
    public var bytesTotal: Int
    /// Emulated µs of the slowest rank over iterations.
    public var timeUs: BenchTimes
    /// p50 of what the slowest rank's own bytes need at its links' rates.
    public var transferUs: Double?
    /// p50 of the rest of its time: for others, for rounds and relays, for latencies.
    public var waitUs: Double?
    public var simulatedUs: Double?
    /// Difference from the simulation of the same exchange, as a share of it.
    public var differs: BenchDifference?
    /// LB2.
    public var boundUs: Double?
    /// LB3: a node's bytes may leave and enter through any of its NICs.
    public var boundRelayedUs: Double?
    /// The bound that holds for the algorithm, with relays or without, over p50.
    public var efficiency: Double?
    /// GB/s of emulated time.
    public var algbwGbps: Double
    public var busbwGbps: Double
    /// Bytes that were not as sent.
    public var wrong: Int
    public var latenessUs: LatenessUs?
    public var cpuBusy: Double
    /// Processor time of the workers over bytes moved; 0 where none was measured.
    public var cpuSecondsPerGb: Double
    public var wallMs: Double

    public init(
        workload: String,
        algorithm: String,
        chosen: String,
        ranks: Int,
        nodes: Int,
        bytesTotal: Int,
        timeUs: BenchTimes,
        transferUs: Double?,
        waitUs: Double?,
        simulatedUs: Double?,
        differs: BenchDifference?,
        boundUs: Double?,
        boundRelayedUs: Double?,
        efficiency: Double?,
        algbwGbps: Double,
        busbwGbps: Double,
        wrong: Int,
        latenessUs: LatenessUs?,
        cpuBusy: Double,
        cpuSecondsPerGb: Double = 0,
        wallMs: Double
    ) {
        self.workload = workload
        self.algorithm = algorithm
        self.chosen = chosen
        self.ranks = ranks
        self.nodes = nodes
        self.bytesTotal = bytesTotal
        self.timeUs = timeUs
        self.transferUs = transferUs
        self.waitUs = waitUs
        self.simulatedUs = simulatedUs
        self.differs = differs
        self.boundUs = boundUs
        self.boundRelayedUs = boundRelayedUs
        self.efficiency = efficiency
        self.algbwGbps = algbwGbps
        self.busbwGbps = busbwGbps
        self.wrong = wrong
        self.latenessUs = latenessUs
        self.cpuBusy = cpuBusy
        self.cpuSecondsPerGb = cpuSecondsPerGb
        self.wallMs = wallMs
    }

    private enum CodingKeys: CodingKey {
        case workload, algorithm, chosen, ranks, nodes, bytesTotal, timeUs, transferUs, waitUs,
            simulatedUs, differs, boundUs, boundRelayedUs, efficiency, algbwGbps, busbwGbps,
            wrong, latenessUs, cpuBusy, cpuSecondsPerGb, wallMs
    }

    /// What is not there is said, not left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(workload, forKey: .workload)
        try container.encode(algorithm, forKey: .algorithm)
        try container.encode(chosen, forKey: .chosen)
        try container.encode(ranks, forKey: .ranks)
        try container.encode(nodes, forKey: .nodes)
        try container.encode(bytesTotal, forKey: .bytesTotal)
        try container.encode(timeUs, forKey: .timeUs)
        try container.encode(transferUs, forKey: .transferUs)
        try container.encode(waitUs, forKey: .waitUs)
        try container.encode(simulatedUs, forKey: .simulatedUs)
        try container.encode(differs, forKey: .differs)
        try container.encode(boundUs, forKey: .boundUs)
        try container.encode(boundRelayedUs, forKey: .boundRelayedUs)
        try container.encode(efficiency, forKey: .efficiency)
        try container.encode(algbwGbps, forKey: .algbwGbps)
        try container.encode(busbwGbps, forKey: .busbwGbps)
        try container.encode(wrong, forKey: .wrong)
        try container.encode(latenessUs, forKey: .latenessUs)
        try container.encode(cpuBusy, forKey: .cpuBusy)
        try container.encode(cpuSecondsPerGb, forKey: .cpuSecondsPerGb)
        try container.encode(wallMs, forKey: .wallMs)
    }
}

/// Times of the slowest rank.
public struct BenchTimes: Codable, Sendable, Equatable {
    public var p50: Double
    public var p90: Double
    public var p99: Double
    public var min: Double
    public var max: Double

    public init(p50: Double, p90: Double, p99: Double, min: Double, max: Double) {
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.min = min
        self.max = max
    }
}

/// Sizes of differences, as shares, without their signs.
public struct BenchDifference: Codable, Sendable, Equatable {
    public var p50: Double
    public var p99: Double

    public init(p50: Double, p99: Double) {
        self.p50 = p50
        self.p99 = p99
    }
}
