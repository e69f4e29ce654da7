// A token that several experts of one node keep need cross to that node only once. Tokens of a rank
// that go to the same NPUs of a node form a group: they travel together, and one run of bytes
// serves all of those NPUs.

import ClusterModel

/// Tokens of one rank that go to the same NPUs of one node.
public struct TokenGroup: Sendable, Hashable, Codable {
    public let node: Int
    /// Bit i is set if an expert on NPU i of the node keeps them.
    public let npus: UInt64
    /// How many tokens.
    public let tokens: Int

    public init(node: Int, npus: UInt64, tokens: Int) {
        self.node = node
        self.npus = npus
        self.tokens = tokens
    }

    /// Places in the node of the NPUs they go to, ascending.
    public var places: [Int] { (0..<64).filter { npus >> UInt64($0) & 1 == 1 } }

    public func goes(to place: Int) -> Bool { npus >> UInt64(place) & 1 == 1 }

    /// Groups stand in this order, each pair of node and NPUs once.
    public static func areInOrder(_ groups: [TokenGroup]) -> Bool {
        zip(groups, groups.dropFirst()).allSatisfy {
            ($0.node, $0.npus) < ($1.node, $1.npus)
        }
    }
}

/// The tokens of one rank in groups, each with the experts that keep it.
public struct GroupedTokens: Sendable, Equatable {
    /// A token's copy: its index in the batch and the experts of the group's node that keep it.
    public struct Copy: Sendable, Equatable {
        public let token: Int
        public let experts: [Int]
    }

    public let groups: [TokenGroup]
    /// Of each group, in order of token.
    public let copies: [[Copy]]

    public init(groups: [TokenGroup], copies: [[Copy]]) {
        self.groups = groups
        self.copies = copies
    }
}

extension ExpertTraffic {
    /// The most NPUs of a node whose tokens can be grouped.
    public static let groupedPlacesMax = 64

    /// A rank's tokens in groups.
    ///
    /// None where payload is slots instead of tokens, a node has too many NPUs for it, or ranks
    /// are gone that others would relay through.
    ///
    /// `slots` are the tokens that each expert keeps, [experts][slots].
    public func grouped(_ slots: [[Int]], from source: Rank) -> GroupedTokens {
        guard payload == .exact, layout.npusPerNode <= Self.groupedPlacesMax,
            placement.excluded.isEmpty
        else { return GroupedTokens(groups: [], copies: []) }
        var members: [[Int: [Int]]] = Array(repeating: [:], count: layout.nodes)
        for (expert, tokens) in slots.enumerated() {
            let node = layout.node(of: placement.home(of: ExpertIndex(expert), for: source))
            for token in tokens { members[node.index][token, default: []].append(expert) }
        }
        var groups: [TokenGroup] = []
        var copies: [[GroupedTokens.Copy]] = []
        for (node, tokens) in members.enumerated() {
            let byNPUs = Dictionary(grouping: tokens) { npus(of: $0.value, source) }
            for (npus, entries) in byNPUs.sorted(by: { $0.key < $1.key }) {
                groups.append(TokenGroup(node: node, npus: npus, tokens: entries.count))
                copies.append(
                    entries.sorted { $0.key < $1.key }
                        .map { GroupedTokens.Copy(token: $0.key, experts: $0.value) }
                )
            }
        }
        return GroupedTokens(groups: groups, copies: copies)
    }

    private func npus(of experts: [Int], _ source: Rank) -> UInt64 {
        experts.reduce(0) { bits, expert in
            let home = placement.home(of: ExpertIndex(expert), for: source)
            return bits | 1 << UInt64(layout.index(of: home))
        }
    }
}
