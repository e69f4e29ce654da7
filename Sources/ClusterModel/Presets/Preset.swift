/// A machine from the papers or from a vendor's data sheet, as defaults for a plan.
///
/// Each has a table of its own in this folder, with the source of every figure;
/// `moecluster presets` prints them.
public enum Preset: String, Sendable, CaseIterable {
    /// Atlas 800 9000 with Ascend 910A.
    case ascend910A = "910a"
    /// Atlas 800T A2 with Ascend 910B3.
    case ascend910B3 = "910b3"
    /// A CloudMatrix384 supernode with Ascend 910C.
    case cloudMatrix384 = "cloudmatrix384"
    /// The user's own figures: every link key must be given.
    case custom

    /// The figures and their sources, `nil` where the user must say.
    public var table: PresetTable? {
        switch self {
        case .ascend910A: .ascend910A
        case .ascend910B3: .ascend910B3
        case .cloudMatrix384: .cloudMatrix384
        case .custom: nil
        }
    }

    /// The links this preset stands for, `nil` where the user must say.
    public var links: LinkSettings? { table?.links }

    /// Peak of one NPU in half precision, in floating-point operations a second.
    public var peakFlops: Double? { table?.peakFlops.value }

    /// The most NPUs a node of this machine has, `nil` where there is no such limit.
    public var npusPerNodeMax: Int? { table?.npusPerNodeMax.value }
}
