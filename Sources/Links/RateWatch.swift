import ClusterModel
import DequeModule

/// How near a port comes to its rate: the most bytes it lets in within any stretch of time of one
/// length, over what its rate allows in that time and one chunk.
public struct RateWatch: Sendable {
    private let window: Interval
    private let allowed: Double
    private var recent = Deque<(at: Instant, bytes: Int)>()
    private var bytes = 0
    /// 0 before anything came.
    public private(set) var shareMax = 0.0

    /// `window` is the stretch, emulated; `chunk` the most bytes that come at once.
    public init(bandwidth: Bandwidth, window: Interval, chunk: ByteCount) {
        self.window = window
        allowed = Double(bandwidth.bytesPerSecond) * window.seconds + Double(chunk.value)
    }

    /// Bytes were wholly in at `instant`; instants must not fall.
    public mutating func record(_ count: Int, at instant: Instant) {
        recent.append((instant, count))
        bytes += count
        while let first = recent.first, instant - first.at >= window {
            bytes -= first.bytes
            recent.removeFirst()
        }
        shareMax = max(shareMax, Double(bytes) / allowed)
    }
}
