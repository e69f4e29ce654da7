/// Which tokens share an expert's slots.
public enum CapacityScope: String, Sendable, Codable, CaseIterable {
    /// Each source rank has C slots at each expert: nobody has to ask.
    case source
    /// An expert's slots are pooled over all ranks: scores travel to it, verdicts travel back.
    case global
}
