// How fast bytes are due: what a host has to carry so that no chunk is late.

import ClusterModel

/// The bytes of simulated steps by the instant at which they leave.
public struct TrafficDemand: Sendable {
    /// Steps apart from each other: their chunks never share a stretch of time.
    private var steps: [[(depart: Instant, bytes: Int)]] = []

    public init() {}

    /// Adds a step's chunks, in any order.
    public mutating func add(_ departures: [(depart: Instant, bytes: Int)]) {
        steps.append(departures.sorted { $0.depart < $1.depart })
    }

    /// The smallest whole dilation at which a host keeps up with every stretch of time.
    ///
    /// Chunks may be sent early by a window, so a burst shorter than the window may exceed the
    /// host's rate by what the window holds: in any stretch of emulated length t at most
    /// `rate x (t x dilation + window)` bytes leave.
    ///
    /// - Parameters:
    ///   - bytesPerSecond: what the host may carry, host time.
    ///   - windowNanoseconds: of host time.
    public func dilation(bytesPerSecond: Double, windowNanoseconds: Int64) -> Double {
        let window = Double(windowNanoseconds) / 1e9
        var low = 1.0
        var high = 1.0
        while !fits(high, bytesPerSecond, window), high < 1e12 { high *= 2 }
        guard high > 1 else { return 1 }
        low = high / 2
        while high - low > max(0.5, low * 1e-3) {
            let middle = (low + high) / 2
            if fits(middle, bytesPerSecond, window) { high = middle } else { low = middle }
        }
        return high.rounded(.up)
    }

    /// A bucket that holds a window's bytes and leaks at the host's rate never overflows.
    private func fits(_ dilation: Double, _ rate: Double, _ window: Double) -> Bool {
        for step in steps {
            var level = 0.0
            var last = step.first?.depart ?? .zero
            for chunk in step {
                let elapsed = (chunk.depart - last).seconds * dilation
                level = max(0, level - elapsed * rate) + Double(chunk.bytes)
                last = chunk.depart
                if level > rate * window { return false }
            }
        }
        return true
    }
}
