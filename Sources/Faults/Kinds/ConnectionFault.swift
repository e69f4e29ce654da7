import ClusterModel

/// Faults of the TCP connection between two workers.
///
/// Proof of each: the error that a side met.
public enum ConnectionFault: String, FaultFamily, CaseIterable {
    /// The connection is reset (RST) at once.
    case reset = "connection-reset"
    /// One side is gone without a word: what the other sends is never answered.
    case halfOpen = "half-open"
    /// New connections are refused; standing ones are closed.
    case refuse
    /// New connections are accepted and never answered; standing ones are closed.
    case acceptAndHang = "accept-and-hang"

    static let names = allCases.map(\.rawValue)

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> ConnectionFault? {
        ConnectionFault(rawValue: name)
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> ConnectionFault? {
        ConnectionFault(rawValue: name)
    }

    var name: String { rawValue }
    var parameters: [FaultField] { [] }
    var simpler: [ConnectionFault] { [] }

    var traits: FaultTraits {
        switch self {
        case .reset:
            FaultTraits(
                [.pair, .npu],
                evidence: .connectionError,
                lasts: false
            )
        case .halfOpen:
            FaultTraits([.pair, .npu], evidence: .connectionError)
        case .refuse:
            FaultTraits([.npu, .pair], evidence: .connectionError)
        case .acceptAndHang:
            FaultTraits([.npu, .pair], evidence: .connectionError)
        }
    }
}
