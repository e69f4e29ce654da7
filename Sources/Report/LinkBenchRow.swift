/// One row of `bench links`: flows over a class of link, alone or in competition.
public struct LinkBenchRow: Codable, Sendable, Equatable {
    /// "hccs", "pcie", "roce" or "uplink".
    public var link: String
    public var flows: Int
    /// GB/s of all flows together, of emulated time.
    public var configuredGbps: Double
    public var measuredGbps: Double
    /// Measured over configured, minus 1.
    public var bandwidthDiffers: Double
    public var configuredLatencyUs: Double
    public var measuredLatencyUs: Double
    /// Measured over configured, minus 1; 0 where none is configured.
    public var latencyDiffers: Double
    /// Time of flows of 64 KiB and of 1 MiB over the modelled one, minus 1.
    public var smallDiffers: Double
    public var largeDiffers: Double
    public var wrong: Int
    public var latenessUs: LatenessUs

    public init(
        link: String,
        flows: Int,
        configuredGbps: Double,
        measuredGbps: Double,
        configuredLatencyUs: Double,
        measuredLatencyUs: Double,
        smallDiffers: Double,
        largeDiffers: Double,
        wrong: Int,
        latenessUs: LatenessUs
    ) {
        self.link = link
        self.flows = flows
        self.configuredGbps = configuredGbps
        self.measuredGbps = measuredGbps
        bandwidthDiffers = configuredGbps > 0 ? measuredGbps / configuredGbps - 1 : 0
        self.configuredLatencyUs = configuredLatencyUs
        self.measuredLatencyUs = measuredLatencyUs
        latencyDiffers = configuredLatencyUs > 0 ? measuredLatencyUs / configuredLatencyUs - 1 : 0
        self.smallDiffers = smallDiffers
        self.largeDiffers = largeDiffers
        self.wrong = wrong
        self.latenessUs = latenessUs
    }
}
