// The sample run's steps, links and traffic.

import ClusterModel
import Report

extension SampleRun {
    /// How a router of the sample behaves.
    struct Shape {
        /// Busiest expert over the mean, less 1.
        var skew: Double
        /// Share of bytes that stay on the NPU, stay in the node, leave it.
        var local: Double
        var intra: Double
        var inter: Double
        /// Share of pairs routed.
        var kept: Double
    }

    static func shape(of name: String) -> Shape {
        switch name {
        case "hash": Shape(skew: 0.06, local: 0.13, intra: 0.37, inter: 0.5, kept: 0.998)
        case "locmoe": Shape(skew: 0.6, local: 0.36, intra: 0.33, inter: 0.31, kept: 0.92)
        case "locmoe+": Shape(skew: 0.45, local: 0.44, intra: 0.34, inter: 0.22, kept: 0.86)
        default: Shape(skew: 1.1, local: 0.12, intra: 0.37, inter: 0.51, kept: 0.89)
        }
    }

    /// All steps of all routers, interleaved as they ran.
    public static func steps(routers names: [String] = routers) -> [StepRecord] {
        let each = names.map { steps(of: $0) }
        return (0..<(warmup + measured)).flatMap { step in each.map { $0[step] } }
    }

    static func steps(of name: String) -> [StepRecord] {
        (0..<(warmup + measured)).map { step(of: name, $0) }
    }

    private static func step(of name: String, _ step: Int) -> StepRecord {
        let shape = shape(of: name)
        var random = SeededRandom(seed: UInt64(step))
        var own = SeededRandom(seed: UInt64(step), UInt64(routers.firstIndex(of: name) ?? 9))
        let jitter = 1 + Double(random.next() % 1000) / 20_000
        let ownJitter = jitter * (1 + Double(own.next() % 1000) / 25_000)
        let pairs = Int(4096 * shape.kept)
        let sent = Double(pairs * 2 * tokenBytes)
        let dispatch = 170 * shape.inter * (1 + shape.skew * 0.4) * ownJitter
        let expert = 720 * (1 + shape.skew) * shape.kept * ownJitter
        let phases = Phases(
            gate: 4.2,
            dispatch: dispatch,
            expert: expert,
            combine: dispatch * 0.9,
            wait: 31 * shape.skew
        )
        let total = phases.gate + phases.dispatch + expert + phases.combine + phases.wait
        return StepRecord(
            step: step,
            router: name,
            isWarmup: step < warmup,
            stepTimeUs: total,
            simulatedUs: total * 0.996,
            alltoallUs: dispatch * 1.9,
            simulatedAlltoallUs: dispatch * 1.89,
            phasesUs: phases,
            slowestRank: step % 8,
            boundUs: BoundsUs(direct: dispatch * 0.94, relayed: dispatch * 0.81),
            bytes: BytesByReach(
                local: Int(sent * shape.local),
                intraNode: Int(sent * shape.intra),
                interNode: Int(sent * shape.inter)
            ),
            offered: 4096,
            routed: pairs,
            dropped: 4096 - pairs,
            capacity: 36,
            latenessP99Us: 0.6,
            latenessMaxUs: 1.44,
            digest: "9ae0daaf",
            wallMs: total * 1.2,
            ranks: ranks(phases)
        )
    }

    private static func ranks(_ phases: Phases) -> [RankTimes] {
        (0..<(nodes * npusPerNode)).map { rank in
            let share = 0.6 + 0.4 * Double((rank * 5 + 3) % 8) / 7
            let dispatchEnd = phases.gate + phases.dispatch * share
            let expertEnd = dispatchEnd + phases.expert * share
            return RankTimes(
                gateEnd: phases.gate,
                dispatchEnd: dispatchEnd,
                expertEnd: expertEnd,
                combineEnd: expertEnd + (phases.wait + phases.combine) * share
            )
        }
    }

    /// Bytes from rank (row) to rank (column) over the measured steps.
    static func traffic(of name: String) -> [[Int]] {
        let shape = shape(of: name)
        let world = nodes * npusPerNode
        let perRank = 4096 * shape.kept * Double(2 * tokenBytes * measured) / Double(world)
        return (0..<world).map { from in
            (0..<world).map { to in
                var random = SeededRandom(seed: 1, UInt64(from), UInt64(to))
                let spread = 0.6 + Double(random.next(below: 800)) / 1000
                let hot = (to == 2 ? 1 + shape.skew : 1) * spread
                if from == to { return Int(perRank * shape.local * hot) }
                let isNear = from / npusPerNode == to / npusPerNode
                let share = isNear ? shape.intra / 3 : shape.inter / 4
                return Int(perRank * share * hot)
            }
        }
    }

    /// One record for each directed link and router.
    public static func links(routers names: [String] = routers) -> [LinkRecord] {
        names.flatMap { name in
            traffic(of: name).enumerated().flatMap { from, row in
                row.enumerated().filter { $0.offset != from }.map { to, bytes in
                    let isNear = from / npusPerNode == to / npusPerNode
                    return LinkRecord(
                        router: name,
                        from: from,
                        to: to,
                        linkClass: isNear ? "hccs" : "roce",
                        bytes: bytes,
                        busyUs: Double(bytes) / (isNear ? 28_000 : 25_000)
                    )
                }
            }
        }
    }
}
