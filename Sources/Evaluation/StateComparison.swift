/// Whether a run to which something happened ended with the parameters and assignments of the same
/// plan without faults.
public enum StateComparison: Sendable, Equatable {
    /// It did; what was compared, in words.
    case equal(String)
    /// It did not; the first difference.
    case differs(String)
    /// It was not compared, and why.
    case open(String)

    /// `nil` where nothing was compared.
    public var isEqual: Bool? {
        switch self {
        case .equal: true
        case .differs: false
        case .open: nil
        }
    }

    public var note: String {
        switch self {
        case .equal(let note), .differs(let note), .open(let note): note
        }
    }
}
