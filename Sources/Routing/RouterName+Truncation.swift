import ClusterModel

extension RouterName {
    /// Which tokens an expert keeps where no machine decides it, as records have it: the first C,
    /// or the best, with LocMoE+ as `mode` says; nil of a trace, of which nobody knows.
    public func truncation(_ mode: ModeChoice) -> SelectionMode? {
        switch self {
        case .locmoePlus: mode.start
        case .ecr, .expertChoice: .ecr
        case .switch, .hash, .locmoe, .gshard, .tcr, .rre, .smile, .adaK, .rmoe, .preGated: .tcr
        case .trace: nil
        }
    }
}
