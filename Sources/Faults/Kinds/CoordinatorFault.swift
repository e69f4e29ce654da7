import ClusterModel

/// Faults of the coordinator and of its connections.
public enum CoordinatorFault: String, FaultFamily, CaseIterable {
    /// SIGKILL; the workers must follow it. Proof: a run that is resumed finds it dead.
    case kill = "coordinator-kill"
    /// SIGSTOP, and SIGCONT after its span of host time. Proof: the length of its silence.
    case pause = "coordinator-pause"
    /// A worker's control connection is closed. Proof: the error that a side met.
    case controlLost = "control-lost"

    static let names = allCases.map(\.rawValue)

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> CoordinatorFault? {
        CoordinatorFault(rawValue: name)
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> CoordinatorFault? {
        CoordinatorFault(rawValue: name)
    }

    var name: String { rawValue }
    var parameters: [FaultField] { [] }
    var simpler: [CoordinatorFault] { [] }

    var traits: FaultTraits {
        switch self {
        case .kill:
            FaultTraits(
                [.coordinator],
                evidence: .processEnded,
                lasts: false
            )
        case .pause:
            FaultTraits([.coordinator], evidence: .silence)
        case .controlLost:
            FaultTraits([.npu], evidence: .connectionError, lasts: false)
        }
    }
}
