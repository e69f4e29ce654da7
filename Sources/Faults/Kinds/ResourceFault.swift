import ClusterModel

/// Faults of what the host lends.
///
/// Proof of each: the call that was refused.
public enum ResourceFault: FaultFamily {
    /// A worker may open `left` descriptors more, and no more.
    case descriptors(left: Int)
    /// The results' folder takes no more bytes.
    case folderFull
    /// The results' folder may not be written.
    case folderReadOnly

    static let names = ["descriptors", "folder-full", "folder-read-only"]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> ResourceFault? {
        switch name {
        case "descriptors": .descriptors(left: reader.whole("left", 0...1000, or: 0))
        case "folder-full": .folderFull
        case "folder-read-only": .folderReadOnly
        default: nil
        }
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> ResourceFault? {
        switch name {
        case "descriptors": .descriptors(left: random.next(below: 4))
        case "folder-full": .folderFull
        case "folder-read-only": .folderReadOnly
        default: nil
        }
    }

    var name: String {
        switch self {
        case .descriptors: "descriptors"
        case .folderFull: "folder-full"
        case .folderReadOnly: "folder-read-only"
        }
    }

    var parameters: [FaultField] {
        switch self {
        case .descriptors(let left): [FaultField("left", .integer(left))]
        case .folderFull, .folderReadOnly: []
        }
    }

    var traits: FaultTraits {
        switch self {
        case .descriptors: FaultTraits([.npu], evidence: .refusedCall)
        case .folderFull, .folderReadOnly:
            FaultTraits([.cluster], evidence: .refusedCall)
        }
    }

    var simpler: [ResourceFault] {
        switch self {
        case .descriptors(let left): left > 0 ? [.descriptors(left: 0)] : []
        case .folderFull, .folderReadOnly: []
        }
    }
}
