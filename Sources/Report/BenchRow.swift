/// One row of `bench alltoall`: an algorithm on one matrix.
public struct BenchRow: Codable, Sendable, Equatable {
    public var algorithm: String
    public var ranks: Int
    public var nodes: Int
    public var bytesTotal: Int
    /// Emulated µs of the slowest rank over iterations.
    public var timeUs: BenchTimes
    public var simulatedUs: Double
    /// LB2.
    public var boundUs: Double
    public var efficiency: Double
    /// GB/s of emulated time.
    public var algbwGbps: Double
    public var busbwGbps: Double
    /// Bytes that were not as sent.
    public var wrong: Int
    public var latenessUs: LatenessUs
    public var cpuBusy: Double
    /// Processor time of the workers over bytes moved; 0 where none was measured.
    public var cpuSecondsPerGb = 0.0
    public var wallMs: Double

    public init(
        algorithm: String,
        ranks: Int,
        nodes: Int,
        bytesTotal: Int,
        timeUs: BenchTimes,
        simulatedUs: Double,
        boundUs: Double,
        efficiency: Double,
        algbwGbps: Double,
        busbwGbps: Double,
        wrong: Int,
        latenessUs: LatenessUs,
        cpuBusy: Double,
        wallMs: Double
    ) {
        self.algorithm = algorithm
        self.ranks = ranks
        self.nodes = nodes
        self.bytesTotal = bytesTotal
        self.timeUs = timeUs
        self.simulatedUs = simulatedUs
        self.boundUs = boundUs
        self.efficiency = efficiency
        self.algbwGbps = algbwGbps
        self.busbwGbps = busbwGbps
        self.wrong = wrong
        self.latenessUs = latenessUs
        self.cpuBusy = cpuBusy
        self.wallMs = wallMs
    }
}

public struct BenchTimes: Codable, Sendable, Equatable {
    public var p50: Double
    public var p99: Double
    public var min: Double
    public var max: Double

    public init(p50: Double, p99: Double, min: Double, max: Double) {
        self.p50 = p50
        self.p99 = p99
        self.min = min
        self.max = max
    }
}
