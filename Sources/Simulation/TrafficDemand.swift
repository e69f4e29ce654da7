// When bytes are due: what a host has to carry so that no chunk is late.

import ClusterModel

/// The chunks of simulated steps, by when they may leave and when they must have arrived.
public struct TrafficDemand: Sendable {
    /// Steps apart from each other: they never share a stretch of time.
    private var steps: [[Crossing]] = []

    public init() {}

    /// Adds a step's chunks, in any order.
    public mutating func add(_ crossings: [Crossing]) {
        steps.append(crossings.sorted { $0.start < $1.start })
    }

    /// The smallest whole dilation at which a host brings every chunk in time.
    ///
    /// The host is taken for one server that moves chunks one after the other. A chunk may be
    /// sent a window before it begins to leave by the model, and has to be there when it arrives
    /// by the model.
    ///
    /// - Parameters:
    ///   - bytesPerSecond: what the host may carry, host time.
    ///   - windowNanoseconds: of host time.
    ///   - reactionNanoseconds: of host time, how long a host may take to pass on a chunk that
    ///     cannot leave ahead of time.
    /// - Returns: host time over emulated time, at least 1.
    public func dilation(
        bytesPerSecond: Double,
        windowNanoseconds: Int64,
        reactionNanoseconds: Int64 = 0
    ) -> Double {
        let window = Double(windowNanoseconds) / 1e9
        let reaction = Double(reactionNanoseconds) / 1e9
        func isInTime(_ dilation: Double) -> Bool {
            self.isInTime(dilation, bytesPerSecond, window, reaction)
        }
        var high = 1.0
        while !isInTime(high) { high *= 2 }
        guard high > 1 else { return 1 }
        var low = high / 2
        while high - low > max(0.5, low * 1e-3) {
            let middle = (low + high) / 2
            if isInTime(middle) { high = middle } else { low = middle }
        }
        return high.rounded(.up)
    }

    private func isInTime(
        _ dilation: Double,
        _ rate: Double,
        _ window: Double,
        _ reaction: Double
    ) -> Bool {
        // A link faster than anything the host knows would never be in time.
        guard dilation < 1e12 else { return true }
        for step in steps {
            var free = -window
            for chunk in step {
                let lead = chunk.mayLeaveEarly ? -window : reaction
                let released = (chunk.start - Instant.zero).seconds * dilation + lead
                free = max(free, released) + Double(chunk.bytes) / rate
                if free > (chunk.arrive - Instant.zero).seconds * dilation { return false }
            }
        }
        return true
    }
}
