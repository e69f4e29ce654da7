/// The parts of a step that a fault may wait for.
public enum FaultPhase: String, Sendable, Codable, CaseIterable {
    case gate
    case dispatch
    case expert
    case combine

    /// In the order of a step, from 0.
    var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
