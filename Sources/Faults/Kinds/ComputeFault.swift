import ClusterModel

/// Faults of an NPU's computing.
///
/// Proof of each: computing took longer than planned.
public enum ComputeFault: FaultFamily {
    /// Expert compute takes `factor` times as long.
    case straggler(factor: Double)
    /// Each expert compute takes longer by a drawn part of up to `atMost` of itself.
    case jitter(atMost: Double)
    /// In every `period` of emulated time the NPU computes nothing for `length`.
    case stall(period: Interval, length: Interval)

    static let names = ["straggler", "compute-jitter", "stall"]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> ComputeFault? {
        switch name {
        case "straggler": return .straggler(factor: reader.number("factor", 1.001...1000, or: nil))
        case "compute-jitter":
            return .jitter(atMost: reader.number("at_most", 0.001...100, or: nil))
        case "stall":
            let period = reader.interval("period", or: nil)
            let length = reader.interval("length", or: nil)
            if length >= period, reader.problems.isEmpty {
                reader.complain(
                    "length",
                    "as long as the period: the NPU would never compute",
                    "less than the period"
                )
            }
            return .stall(period: period, length: length)
        default: return nil
        }
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> ComputeFault? {
        switch name {
        case "straggler": return .straggler(factor: Double(2 + random.next(below: 9)))
        case "compute-jitter": return .jitter(atMost: Double(1 + random.next(below: 8)) / 8)
        case "stall":
            let period = drawInterval(10...1000, &random)
            let length = period.halved ?? period
            return .stall(period: period, length: length)
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .straggler: "straggler"
        case .jitter: "compute-jitter"
        case .stall: "stall"
        }
    }

    var parameters: [FaultField] {
        switch self {
        case .straggler(let factor): [FaultField("factor", .number(factor))]
        case .jitter(let atMost): [FaultField("at_most", .number(atMost))]
        case .stall(let period, let length):
            [FaultField("period", period.asField), FaultField("length", length.asField)]
        }
    }

    var traits: FaultTraits {
        FaultTraits([.npu, .node], evidence: .computeStretched)
    }

    var simpler: [ComputeFault] {
        switch self {
        case .straggler(let factor):
            factor > 2 ? [.straggler(factor: 2)] : []
        case .jitter(let atMost): atMost > 0.125 ? [.jitter(atMost: 0.125)] : []
        case .stall(let period, let length):
            length.halved.map { [.stall(period: period, length: $0)] } ?? []
        }
    }
}
