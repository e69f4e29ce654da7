import ClusterModel

/// Faults of links, each way on its own.
public enum LinkFault: FaultFamily {
    /// The rate is `factor` of what it was. Proof: the rate before and during.
    case bandwidth(factor: Double)
    /// Every chunk arrives later by `added` and a drawn part of `jitter`. Proof: chunks delayed.
    case latency(added: Interval, jitter: Interval)
    /// Nothing passes. Proof: the rate during is 0.
    case down
    /// Down and up again, half of each `period`. Proof: chunks held up.
    case flap(period: Interval)
    /// A share of chunks is lost, and arrives `delay` later, as a retransmission costs. Proof:
    /// chunks delayed.
    case loss(ratio: Ratio, delay: Interval)
    /// A share of chunks arrives twice. Proof of this and of the rest: chunks touched.
    case duplicate(ratio: Ratio)
    /// A share of chunks changes places with the next one.
    case reorder(ratio: Ratio)
    /// In a share of chunks a bit is flipped, after the checksum was made.
    case corrupt(ratio: Ratio)
    /// A share of chunks ends before its header says.
    case truncate(ratio: Ratio)
    /// A share of chunks never comes, and nobody says so.
    case drop(ratio: Ratio)
    /// A share of chunks is followed by one of `age` steps ago.
    case stale(ratio: Ratio, age: Int)

    static let names = [
        "bandwidth", "latency", "link-down", "flap", "loss", "duplicate", "reorder", "corrupt",
        "truncate", "stale", "drop",
    ]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> LinkFault? {
        switch name {
        case "bandwidth": .bandwidth(factor: reader.number("factor", 0.001...0.999, or: nil))
        case "latency":
            .latency(
                added: reader.interval("added", or: nil),
                jitter: reader.interval("jitter", or: .zero)
            )
        case "link-down": .down
        case "flap": .flap(period: reader.interval("period", or: nil))
        case "loss":
            .loss(
                ratio: reader.ratio("ratio", or: nil),
                delay: reader.interval("delay", or: nil)
            )
        case "duplicate": .duplicate(ratio: reader.ratio("ratio", or: .one))
        case "reorder": .reorder(ratio: reader.ratio("ratio", or: .one))
        case "corrupt": .corrupt(ratio: reader.ratio("ratio", or: .one))
        case "truncate": .truncate(ratio: reader.ratio("ratio", or: .one))
        case "drop": .drop(ratio: reader.ratio("ratio", or: .one))
        case "stale":
            .stale(
                ratio: reader.ratio("ratio", or: .one),
                age: reader.whole("age", 1...1000, or: 1)
            )
        default: nil
        }
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> LinkFault? {
        switch name {
        case "bandwidth": .bandwidth(factor: Double(1 + random.next(below: 7)) / 8)
        case "latency":
            .latency(
                added: drawInterval(1...1000, &random),
                jitter: drawInterval(0...100, &random)
            )
        case "link-down": .down
        case "flap": .flap(period: drawInterval(10...1000, &random))
        case "loss": .loss(ratio: .draw(&random), delay: drawInterval(10...1000, &random))
        case "duplicate": .duplicate(ratio: .draw(&random))
        case "reorder": .reorder(ratio: .draw(&random))
        case "corrupt": .corrupt(ratio: .draw(&random))
        case "truncate": .truncate(ratio: .draw(&random))
        case "drop": .drop(ratio: .draw(&random))
        case "stale": .stale(ratio: .draw(&random), age: 1 + random.next(below: 2))
        default: nil
        }
    }

    var name: String {
        switch self {
        case .bandwidth: "bandwidth"
        case .latency: "latency"
        case .down: "link-down"
        case .flap: "flap"
        case .loss: "loss"
        case .duplicate: "duplicate"
        case .reorder: "reorder"
        case .corrupt: "corrupt"
        case .truncate: "truncate"
        case .drop: "drop"
        case .stale: "stale"
        }
    }

    var parameters: [FaultField] {
        switch self {
        case .bandwidth(let factor): [FaultField("factor", .number(factor))]
        case .latency(let added, let jitter):
            [FaultField("added", added.asField), FaultField("jitter", jitter.asField)]
        case .down: []
        case .flap(let period): [FaultField("period", period.asField)]
        case .loss(let ratio, let delay):
            [FaultField("ratio", ratio.asField), FaultField("delay", delay.asField)]
        case .duplicate(let ratio), .reorder(let ratio), .corrupt(let ratio), .truncate(let ratio),
            .drop(let ratio):
            [FaultField("ratio", ratio.asField)]
        case .stale(let ratio, let age):
            [FaultField("ratio", ratio.asField), FaultField("age", .integer(age))]
        }
    }

    var traits: FaultTraits {
        switch self {
        case .bandwidth, .down: FaultTraits([.pair, .link, .npu, .node], evidence: .rates)
        case .latency, .flap, .loss, .reorder, .duplicate, .stale, .corrupt, .truncate,
            .drop:
            FaultTraits([.pair, .link, .npu, .node], evidence: .chunks)
        }
    }

    var simpler: [LinkFault] {
        switch self {
        case .bandwidth(let factor): factor == 0.5 ? [] : [.bandwidth(factor: 0.5)]
        case .latency(let added, let jitter):
            (jitter > .zero ? [.latency(added: added, jitter: .zero)] : [])
                + (added.halved.map { [.latency(added: $0, jitter: jitter)] } ?? [])
        case .down: []
        case .flap(let period): period.halved.map { [.flap(period: $0)] } ?? []
        case .loss(let ratio, let delay):
            (ratio == .one ? [] : [.loss(ratio: .one, delay: delay)])
                + (delay.halved.map { [.loss(ratio: ratio, delay: $0)] } ?? [])
        case .duplicate(let ratio): ratio == .one ? [] : [.duplicate(ratio: .one)]
        case .reorder(let ratio): ratio == .one ? [] : [.reorder(ratio: .one)]
        case .corrupt(let ratio): ratio == .one ? [] : [.corrupt(ratio: .one)]
        case .truncate(let ratio): ratio == .one ? [] : [.truncate(ratio: .one)]
        case .drop(let ratio): ratio == .one ? [] : [.drop(ratio: .one)]
        case .stale(let ratio, let age):
            (ratio == .one ? [] : [.stale(ratio: .one, age: age)])
                + (age == 1 ? [] : [.stale(ratio: ratio, age: 1)])
        }
    }
}
