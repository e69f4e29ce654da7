/// What crossed one directed link for one router: a row of links.csv.
public struct LinkRecord: Codable, Sendable, Equatable {
    public var router: String
    public var from: Int
    public var to: Int
    /// "hccs" or "roce".
    public var linkClass: String
    /// Payload bytes over the measured steps, both exchanges.
    public var bytes: Int
    /// Emulated µs those bytes occupy the link's port at its rate.
    public var busyUs: Double

    public init(
        router: String,
        from: Int,
        to: Int,
        linkClass: String,
        bytes: Int,
        busyUs: Double
    ) {
        self.router = router
        self.from = from
        self.to = to
        self.linkClass = linkClass
        self.bytes = bytes
        self.busyUs = busyUs
    }
}
