// How a fault of computing changes the modelled duration of one expert compute: on workers, in
// virtual time and in the simulated cluster alike.

import ClusterModel
import Faults

/// Stretches expert computes; what is drawn depends on the fault, the step and the stage alone.
public struct ComputeStretch: Sendable {
    private let fault: ComputeFault
    private let seed: UInt64

    public init(fault: ComputeFault, seed: UInt64) {
        self.fault = fault
        self.seed = seed
    }

    /// What `planned` takes instead; `isFirst` of the first compute of a router that a strike
    /// meets, which finds a stall under way.
    public func time(
        for planned: Interval,
        step: Int,
        router: Int,
        stage: Int,
        isFirst: Bool = false
    ) -> Interval {
        guard planned > .zero else { return planned }
        var random = SeededRandom(seed: seed, UInt64(step), UInt64(router), UInt64(stage))
        switch fault {
        case .straggler(let factor):
            return Interval(seconds: planned.seconds * factor)
        case .jitter(let atMost):
            return Interval(seconds: planned.seconds * (1 + atMost * random.nextUnit()))
        case .stall(let period, let length):
            let span = isFirst ? length : period
            let phase = random.next(below: Int(max(1, span.picoseconds)))
            return Self.stalled(planned, period, length, phase: Int64(phase))
        }
    }

    /// Each period begins with a stall of `length`; the compute begins `phase` into one.
    private static func stalled(
        _ planned: Interval,
        _ period: Interval,
        _ length: Interval,
        phase: Int64
    ) -> Interval {
        let stall = length.picoseconds
        let open = period.picoseconds - stall
        let first = max(0, stall - phase)
        // What can be computed before the next stall.
        let room = period.picoseconds - max(phase, stall)
        guard planned.picoseconds > room else { return planned + Interval(picoseconds: first) }
        let stalls = (planned.picoseconds - room + open - 1) / open
        return planned + Interval(picoseconds: first + stalls * stall)
    }
}

extension FaultEvent {
    /// What it does to the computing of a rank that it strikes; `nil` of other kinds.
    public func stretch(of rank: Rank) -> ComputeStretch? {
        guard case .compute(let fault) = kind else { return nil }
        // NPUs of a node draw each for itself.
        let own = if case .node = target { UInt64(rank.index) } else { UInt64(0) }
        return ComputeStretch(fault: fault, seed: seed &+ own &* 0x9E37_79B9_7F4A_7C15)
    }
}
