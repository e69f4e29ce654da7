import ClusterModel
import MoELayer
import Routing
import TokenData

/// The project's text as these tests read it: of each sequence the first quarter.
struct Reading: Sendable {
    /// Who reads what: equal keys, equal readings.
    struct Key: Hashable, Sendable {
        var nodes: Int
        var npus: Int
        var sharding: Sharding
        var classes: Int
        var steps: Int
        var seed: UInt64

        init(_ course: Course, seed: UInt64) {
            (nodes, npus) = (course.nodes, course.npus)
            (sharding, classes, steps) = (course.sharding, course.classes, course.steps)
            self.seed = seed
        }
    }

    /// Steps of held-out text that are looked at.
    static let looks = 4

    /// What every rank learns from, [steps][ranks].
    let lessons: [[SequenceBatch]]
    /// Text that nobody learns from, [looks][ranks].
    let heldOut: [[SequenceBatch]]
    let frequencies: TokenFrequencies
    /// The share of the commonest class in the lessons.
    let commonest: Double

    init(_ key: Key) throws {
        let text = try TrainingText(
            try Corpus.open(Self.folder),
            classes: key.classes,
            dealing: .init(
                tokensPerRank: TrainingText.sequenceLength,
                sharding: key.sharding,
                nodes: key.nodes,
                npusPerNode: key.npus,
                seed: key.seed
            )
        )
        let ranks = key.nodes * key.npus
        lessons = Self.batches(of: text.training, ranks: ranks, steps: key.steps)
        heldOut = Self.batches(of: text.heldOut, ranks: ranks, steps: Self.looks)
        frequencies = text.frequencies
        commonest = Self.commonest(lessons, classes: key.classes)
    }

    private static func batches(
        of part: TrainingText.Part,
        ranks: Int,
        steps: Int
    ) -> [[SequenceBatch]] {
        (0..<steps).map { step in
            (0..<ranks).map { rank in
                let (classes, domains) = part.batch(of: Rank(rank), step: step)
                return SequenceBatch(
                    classes: Array(classes.prefix(Course.tokens)),
                    domains: Array(domains.prefix(Course.tokens)),
                    sequenceLength: Course.tokens
                )
            }
        }
    }

    private static func commonest(_ lessons: [[SequenceBatch]], classes: Int) -> Double {
        var counts = [Int](repeating: 0, count: classes)
        for batch in lessons.joined() { for index in batch.classes { counts[index] += 1 } }
        return Double(counts.max() ?? 0) / Double(max(1, counts.reduce(0, +)))
    }

    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/tools/data/corpus"
}
