// Emulated time is counted in picoseconds of 64 bits: what would take longer than they hold is
// refused before it is played.

import ClusterModel
import Links

/// An exchange that takes longer than emulated time can tell.
public struct ExchangeTooLong: Error, Sendable, Equatable, CustomStringConvertible {
    /// The most that one exchange may take: an Int64 of picoseconds holds 92 times as much, and a
    /// step has several exchanges, of several rounds each.
    public static let secondsMax = 100_000.0

    /// Of the link that would take so long: "links.roce.bandwidth".
    public let key: String
    private let bandwidth: Bandwidth
    private let bytes: Int
    private let seconds: Double

    /// `nil` where every port is done in time.
    init?(_ matrix: TrafficMatrix, over ports: PortMap) {
        let busiest = PortLoads(of: matrix, over: ports).busiest.max { $0.seconds < $1.seconds }
        guard let busiest, busiest.seconds > Self.secondsMax else { return nil }
        key = "links.\(busiest.link.rawValue).bandwidth"
        bandwidth = ports.rate(of: busiest.link).bandwidth
        (bytes, seconds) = (busiest.bytes, busiest.seconds)
    }

    /// Throws where an exchange would take too long.
    public static func check(_ matrix: TrafficMatrix, over ports: PortMap) throws(ExchangeTooLong) {
        if let problem = ExchangeTooLong(matrix, over: ports) { throw problem }
    }

    /// What was seen and expected, without the key.
    public var seen: String {
        "at \(bandwidth.bytesPerSecond) B/s the \(bytes) bytes of the busiest port take about "
            + "\(Int(min(seconds, 1e18))) s of emulated time; expected at most "
            + "\(Int(Self.secondsMax)) s an exchange: raise the bandwidth, or send less"
    }

    public var description: String { "\(key): \(seen)" }
}
