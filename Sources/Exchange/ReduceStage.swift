// What a rank sends, gets and adds in one stage of an all-reduce.

import ClusterModel

/// One stage of an all-reduce on one rank: of each of its buckets a part.
///
/// What goes from one rank to another is one message, the stretches of all parts one behind the
/// other.
public struct ReduceStage: Sendable, Hashable {
    /// Values for or from a peer.
    public struct Stretch: Sendable, Hashable {
        public var peer: Rank
        /// Of all that this rank has.
        public var values: Range<Int>
    }

    /// What it does in one bucket.
    public struct Part: Sendable, Hashable {
        public var sends: [Stretch]
        public var receives: [Stretch]
        /// In whose order what came is added, the rank itself among them; where it is empty, what came
        /// takes the place of what was there.
        public var summands: [Rank]
    }

    /// In the order of buckets, which is the same on all ranks.
    public var parts: [Part]

    public var sends: [Stretch] { parts.flatMap(\.sends) }
    public var receives: [Stretch] { parts.flatMap(\.receives) }

    /// What it sends: to whom, in order, and how many values.
    var messages: [(peer: Rank, values: Int)] {
        var messages: [(peer: Rank, values: Int)] = []
        var places: [Rank: Int] = [:]
        for stretch in sends {
            let place = places[stretch.peer] ?? messages.count
            places[stretch.peer] = place
            if place == messages.count { messages.append((stretch.peer, 0)) }
            messages[place].values += stretch.values.count
        }
        return messages
    }

    /// What this stage makes of what came: stretches of values and what stands there from now on.
    ///
    /// - Parameters:
    ///   - own: the rank's own values of a stretch.
    ///   - rank: whose stage it is.
    ///   - came: the message from a peer, as many values as `receives` says.
    ///   - merge: the values of a stretch from several ranks as one.
    /// - Returns: stretches, and a number for each of their values.
    public func results<Value>(
        own: (Range<Int>) -> [Value],
        rank: Rank,
        came: (Rank) -> [Value],
        merge: (_ parts: [[Value]], _ values: Range<Int>) -> [Value]
    ) -> [(values: Range<Int>, numbers: [Value])] {
        var messages: [Rank: ArraySlice<Value>] = [:]
        return parts.flatMap { part in
            var stretches: [Rank: [Value]] = [:]
            for stretch in part.receives {
                let message = messages[stretch.peer] ?? came(stretch.peer)[...]
                stretches[stretch.peer] = Array(message.prefix(stretch.values.count))
                messages[stretch.peer] = message.dropFirst(stretch.values.count)
            }
            return part.results(own: own, rank: rank, came: stretches, merge: merge)
        }
    }

    /// The same of float32 values on an array, in place.
    public func fold(_ rank: Rank, into values: inout [Float], came: (Rank) -> [Float]) {
        let results = results(
            own: { Array(values[$0]) },
            rank: rank,
            came: came,
            merge: { parts, _ in AllReduce.add(parts) }
        )
        for (range, numbers) in results { values.replaceSubrange(range, with: numbers) }
    }
}

extension ReduceStage.Part {
    /// Each of `ranks` gets its part of all and adds.
    static func scatter(
        _ rank: Rank,
        among ranks: [Rank],
        _ part: (Int) -> Range<Int>
    ) -> ReduceStage.Part {
        let me = ranks.firstIndex(of: rank) ?? 0
        let others = Self.others(ranks, me)
        return ReduceStage.Part(
            sends: others.map { .init(peer: ranks[$0], values: part($0)) },
            receives: others.map { .init(peer: ranks[$0], values: part(me)) },
            summands: ranks
        )
    }

    /// Each of `ranks` hands its part to all.
    static func gather(
        _ rank: Rank,
        among ranks: [Rank],
        _ part: (Int) -> Range<Int>
    ) -> ReduceStage.Part {
        let me = ranks.firstIndex(of: rank) ?? 0
        let others = Self.others(ranks, me)
        return ReduceStage.Part(
            sends: others.map { .init(peer: ranks[$0], values: part(me)) },
            receives: others.map { .init(peer: ranks[$0], values: part($0)) },
            summands: []
        )
    }

    /// The others, the next one first, so that no two begin with the same.
    private static func others(_ ranks: [Rank], _ me: Int) -> [Int] {
        (1..<max(1, ranks.count)).map { (me + $0) % ranks.count }
    }

    /// The same of values that begin at `start`.
    func shifted(by start: Int) -> ReduceStage.Part {
        guard start > 0 else { return self }
        func shifted(_ stretch: ReduceStage.Stretch) -> ReduceStage.Stretch {
            let values = stretch.values
            return .init(
                peer: stretch.peer,
                values: values.lowerBound + start..<values.upperBound + start
            )
        }
        return ReduceStage.Part(
            sends: sends.map(shifted),
            receives: receives.map(shifted),
            summands: summands
        )
    }

    /// What it makes of the stretches that came.
    fileprivate func results<Value>(
        own: (Range<Int>) -> [Value],
        rank: Rank,
        came: [Rank: [Value]],
        merge: (_ parts: [[Value]], _ values: Range<Int>) -> [Value]
    ) -> [(values: Range<Int>, numbers: [Value])] {
        guard !summands.isEmpty else {
            return receives.map { ($0.values, came[$0.peer] ?? []) }
        }
        guard let range = receives.first?.values else { return [] }
        return [
            (range, merge(summands.map { $0 == rank ? own(range) : came[$0] ?? [] }, range))
        ]
    }
}
