// Streams of which a chunk has to come again: who relays them passes chunks on in their order, so
// those behind the gap wait.

import Links

/// The gaps in streams.
struct StreamGaps: Sendable {
    private struct Key: Hashable {
        let stage: Int
        let stream: Int
    }

    private struct Gap {
        var missing: Set<Int> = []
        /// Chunks that are here, behind a missing one.
        var waiting: Set<Int> = []
    }

    private var gaps: [Key: Gap] = [:]

    /// A chunk came damaged.
    mutating func opened(_ chunk: Arrival) {
        gaps[Key(stage: chunk.stage, stream: chunk.stream), default: Gap()].missing
            .insert(chunk.sequence)
    }

    /// A chunk came whole.
    ///
    /// - Returns: how many chunks of its stream can now be passed on, in order.
    mutating func came(_ chunk: Arrival) -> Int {
        let key = Key(stage: chunk.stage, stream: chunk.stream)
        guard !gaps.isEmpty, var gap = gaps[key] else { return 1 }
        gap.missing.remove(chunk.sequence)
        gap.waiting.insert(chunk.sequence)
        let next = gap.missing.min() ?? .max
        let ready = gap.waiting.filter { $0 < next }
        gap.waiting.subtract(ready)
        gaps[key] = gap.missing.isEmpty ? nil : gap
        return ready.count
    }
}
