import ClusterModel

/// A folder with the text a model is trained on.
///
/// ids.npy is uint16, [domains, tokens], each row the wordpieces of one domain in order; it stays
/// mapped.
public struct Corpus: Sendable {
    private let array: MappedArray

    public var path: String { array.path }
    public var domains: Int { array.shape[0] }
    /// Tokens of a domain.
    public var tokensPerDomain: Int { array.shape[1] }

    /// Opens a corpus of at most 256 domains, and checks it against its header.
    public static func open(_ folder: String) throws(TokenDataError) -> Corpus {
        let array = try MappedArray.open(folder + "/ids.npy")
        try array.check(elements: [.uint16], dimensions: 2, meaning: "[domains, tokens]")
        guard array.shape[0] <= 256 else {
            throw TokenDataError(
                file: array.path,
                problem: "has \(array.shape[0].grouped) rows, expected at most 256 domains of "
                    + "[domains, tokens]: try its transpose"
            )
        }
        return Corpus(array: array)
    }

    private init(array: MappedArray) { self.array = array }

    /// The wordpiece ids of a run of a domain's tokens.
    public func ids(domain: Int, _ tokens: Range<Int>) -> [UInt16] {
        invariant(
            (0..<domains).contains(domain) && tokens.lowerBound >= 0
                && tokens.upperBound <= tokensPerDomain,
            "tokens \(tokens) of domain \(domain) in \(domains) x \(tokensPerDomain)"
        )
        let start = domain * tokensPerDomain
        return array.withBytes(of: start + tokens.lowerBound..<start + tokens.upperBound) { bytes in
            (0..<tokens.count).map { bytes.half($0) }
        }
    }
}
