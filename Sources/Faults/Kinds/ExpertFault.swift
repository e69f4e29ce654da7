import ClusterModel

/// Faults of experts.
public enum ExpertFault: FaultFamily {
    /// The expert is gone, for good or until it heals. Proof: its load without the fault and with it.
    case lost
    /// A share of all tokens wants this expert in place of their best choice. Proof: its load.
    case hot(share: Ratio)

    static let names = ["expert-lost", "hot-expert"]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> ExpertFault? {
        switch name {
        case "expert-lost": .lost
        case "hot-expert": .hot(share: reader.ratio("share", or: nil))
        default: nil
        }
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> ExpertFault? {
        switch name {
        case "expert-lost": .lost
        case "hot-expert": .hot(share: .draw(&random))
        default: nil
        }
    }

    var name: String {
        switch self {
        case .lost: "expert-lost"
        case .hot: "hot-expert"
        }
    }

    var parameters: [FaultField] {
        switch self {
        case .lost: []
        case .hot(let share): [FaultField("share", share.asField)]
        }
    }

    var traits: FaultTraits {
        FaultTraits([.expert], evidence: .load)
    }

    var simpler: [ExpertFault] {
        switch self {
        case .lost: []
        case .hot(let share): share == .one ? [] : [.hot(share: .one)]
        }
    }
}
