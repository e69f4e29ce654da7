import ClusterModel

/// The most frequent ids of a text, each a class of its own, most frequent first; every other id
/// is one class, the last.
public struct ReducedVocabulary: Hashable, Sendable {
    /// Classes, the rest among them.
    public let classes: Int
    /// The id of each class but the last, [classes - 1] or fewer where the text has fewer ids.
    public let ids: [UInt16]
    /// The class of each id, [65536].
    private let classOfID: [UInt16]

    /// Equally frequent ids stand in their own order.
    ///
    /// - Parameters:
    ///   - text: what is counted: the training part, so that held-out text stays unseen.
    ///   - classes: how many at most, 2 to 65,536.
    public init(of text: [UInt16], classes: Int) {
        invariant((2...65536).contains(classes), "a vocabulary of \(classes) classes")
        var counts = [Int](repeating: 0, count: 65536)
        for id in text { counts[Int(id)] += 1 }
        let seen = counts.indices.filter { counts[$0] > 0 }
        let ranked = seen.sorted { (-counts[$0], $0) < (-counts[$1], $1) }
        var classOfID = [UInt16](repeating: UInt16(classes - 1), count: 65536)
        let known = ranked.prefix(classes - 1)
        for (index, id) in known.enumerated() { classOfID[id] = UInt16(index) }
        self.classes = classes
        self.classOfID = classOfID
        ids = known.map { UInt16($0) }
    }

    /// The class of an id.
    public func index(of id: UInt16) -> Int { Int(classOfID[Int(id)]) }
}
