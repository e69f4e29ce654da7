import ClusterModel
import Routing

/// A corpus as a model learns it: classes of a reduced vocabulary, cut into sequences, every 16th
/// of a domain held out, dealt to ranks from the seed.
public struct TrainingText: Sendable {
    /// Tokens of a sequence.
    public static let sequenceLength = BatchSampler.sequenceLength
    /// Of that many sequences of a domain, the last is held out.
    public static let heldOutEvery = 16

    /// One part of the text: training or held out.
    public struct Part: Sendable {
        /// The class of each token, domain after domain.
        public let classes: [UInt16]
        /// The domain of each token.
        public let domains: [UInt8]
        private let sampler: BatchSampler
        /// Steps until a sequence comes again, on every node.
        public let stepsPerPass: Int

        init(classes: [UInt16], domains: [UInt8], dealing: Dealing) {
            self.classes = classes
            self.domains = domains
            sampler = BatchSampler(
                domains: domains,
                tokensPerRank: dealing.tokensPerRank,
                sharding: dealing.sharding,
                nodes: dealing.nodes,
                npusPerNode: dealing.npusPerNode,
                seed: dealing.seed
            )
            stepsPerPass = dealing.stepsPerPass(over: domains)
        }

        /// What `rank` reads in `step`: classes and domains, [tokensPerRank].
        public func batch(of rank: Rank, step: Int) -> (classes: [Int], domains: [UInt8]) {
            let tokens = sampler.tokens(of: rank, step: step)
            return (tokens.map { Int(classes[$0]) }, tokens.map { domains[$0] })
        }
    }

    /// Who reads what.
    public struct Dealing: Hashable, Sendable {
        /// s, a multiple of the sequence length.
        public var tokensPerRank: Int
        public var sharding: Sharding
        public var nodes: Int
        public var npusPerNode: Int
        public var seed: UInt64

        public init(
            tokensPerRank: Int,
            sharding: Sharding,
            nodes: Int,
            npusPerNode: Int,
            seed: UInt64
        ) {
            self.tokensPerRank = tokensPerRank
            self.sharding = sharding
            self.nodes = nodes
            self.npusPerNode = npusPerNode
            self.seed = seed
        }

        /// Whole steps that the smallest pool of sequences lasts, at least one.
        func stepsPerPass(over domains: [UInt8]) -> Int {
            let kinds = Set(domains).count
            let pools = sharding == .iid ? 1 : min(nodes, kinds)
            let sequences = domains.count / TrainingText.sequenceLength / kinds
            let perRank = tokensPerRank / TrainingText.sequenceLength
            let lengths = (0..<pools).map { pool in
                let own = (kinds - pool + pools - 1) / pools
                let ranks = (nodes - pool + pools - 1) / pools * npusPerNode
                return own * sequences / max(1, ranks * perRank)
            }
            return max(1, lengths.min() ?? 1)
        }
    }

    public let vocabulary: ReducedVocabulary
    public let training: Part
    public let heldOut: Part

    /// - Parameters:
    ///   - corpus: at least 16 sequences of each domain.
    ///   - classes: of the vocabulary, the rest's among them.
    ///   - dealing: who reads what.
    /// - Throws: a corpus with too few tokens.
    public init(
        _ corpus: Corpus,
        classes: Int = 2048,
        dealing: Dealing
    ) throws(TokenDataError) {
        let length = Self.sequenceLength
        let count = corpus.tokensPerDomain / length
        guard count >= Self.heldOutEvery else {
            throw TokenDataError(
                file: corpus.path,
                problem: "has \(corpus.tokensPerDomain.grouped) tokens a domain, expected at "
                    + "least \((Self.heldOutEvery * length).grouped): \(Self.heldOutEvery) "
                    + "sequences of \(length), of which one is held out"
            )
        }
        var ids: (training: [UInt16], heldOut: [UInt16]) = ([], [])
        var domains: (training: [UInt8], heldOut: [UInt8]) = ([], [])
        for domain in 0..<corpus.domains {
            for sequence in 0..<count {
                let text = corpus.ids(
                    domain: domain,
                    sequence * length..<(sequence + 1) * length
                )
                let labels = [UInt8](repeating: UInt8(domain), count: length)
                if sequence % Self.heldOutEvery == Self.heldOutEvery - 1 {
                    ids.heldOut += text
                    domains.heldOut += labels
                } else {
                    ids.training += text
                    domains.training += labels
                }
            }
        }
        let vocabulary = ReducedVocabulary(of: ids.training, classes: classes)
        func part(_ ids: [UInt16], _ domains: [UInt8]) -> Part {
            let classes = ids.map { UInt16(vocabulary.index(of: $0)) }
            return Part(classes: classes, domains: domains, dealing: dealing)
        }
        self.vocabulary = vocabulary
        training = part(ids.training, domains.training)
        heldOut = part(ids.heldOut, domains.heldOut)
    }

    /// How often each class occurs in the training part: what the hash router balances by.
    public var frequencies: TokenFrequencies {
        TokenFrequencies(of: training.classes.lazy.map(UInt32.init))
    }
}
