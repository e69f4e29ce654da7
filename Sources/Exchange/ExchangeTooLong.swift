// Emulated time is counted in picoseconds of 64 bits: what would take longer than they hold is
// refused before it is played.

import ClusterModel
import Links

/// An exchange that takes longer than emulated time can tell.
public struct ExchangeTooLong: Error, Sendable, Equatable, CustomStringConvertible {
    /// The most that one exchange may take: an Int64 of picoseconds holds 92 times as much, and a
    /// step has several exchanges, of several rounds each.
    public static let secondsMax = 100_000.0

    /// Of the port that would take so long: "links.roce.bandwidth".
    public let key: String
    private let bandwidth: Bandwidth
    private let bytes: Int
    private let seconds: Double

    /// `nil` where every port is done in time.
    init?(_ matrix: TrafficMatrix, over ports: PortMap) {
        // All bytes through the slowest port would be: there is no need to look at each.
        guard Double(matrix.total) > Self.secondsMax * Double(ports.slowest.bytesPerSecond) else {
            return nil
        }
        let loads = PortLoads(of: matrix, over: ports)
        let own = loads.busiest.max { $0.seconds < $1.seconds }
        if let shared = loads.busiestShared,
            shared.seconds > max(Self.secondsMax, own?.seconds ?? 0)
        {
            key =
                ports.isUplink(sharedPort: shared.port)
                ? "links.uplink.oversubscription" : "links.pcie.bandwidth"
            bandwidth = ports.bandwidth(ofSharedPort: shared.port)
            (bytes, seconds) = (shared.bytes, shared.seconds)
        } else if let own, own.seconds > Self.secondsMax {
            key = "links.\(own.link.rawValue).bandwidth"
            bandwidth = ports.rate(of: own.link).bandwidth
            (bytes, seconds) = (own.bytes, own.seconds)
        } else {
            return nil
        }
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
