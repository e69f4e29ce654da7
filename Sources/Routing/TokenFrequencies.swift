/// How often each vocabulary id occurs: what the hash router balances by.
public struct TokenFrequencies: Hashable, Sendable {
    /// Occurrences of the ids that occur at all.
    public private(set) var counts: [UInt32: Int] = [:]

    public init(of tokenIDs: some Sequence<UInt32> = []) {
        for id in tokenIDs { counts[id, default: 0] += 1 }
    }

    /// From occurrences by id; ids that never occur may be listed with 0.
    public init(counts: [UInt32: Int]) { self.counts = counts }
}
