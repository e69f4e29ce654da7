import ClusterModel

/// Payload of one exchange and one direction, a stretch for each rank; its memory is kept from
/// step to step, so that no page is touched for the first time on the clock.
final class PayloadRegion {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var offsets = [0]

    /// Makes room for `sizes` bytes, index = rank.
    ///
    /// What stood there is lost.
    func resize(_ sizes: [Int]) {
        offsets = [0]
        offsets.reserveCapacity(sizes.count + 1)
        for size in sizes { offsets.append((offsets.last ?? 0) + size) }
        guard count > memory.count else { return }
        memory.deallocate()
        memory = .allocate(byteCount: count, alignment: 64)
        // Touches every page now.
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// Bytes in use.
    var count: Int { offsets.last ?? 0 }

    func bytes(of rank: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[offsets[rank]..<offsets[rank + 1]])
    }

    /// All of it.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Copies a stretch, or `range` of it, to where the other has the same.
    func copy(to other: PayloadRegion, _ stretch: Int, _ range: Range<Int>?) {
        let (from, to) = (bytes(of: stretch), other.bytes(of: stretch))
        let range = range ?? 0..<from.count
        UnsafeMutableRawBufferPointer(rebasing: to[range])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: from[range]))
    }

    deinit { memory.deallocate() }
}

/// The regions of a step.
///
/// What has left stays as it left until the step is over: a chunk may be asked for again.
final class ExchangeBuffers {
    /// Leaves in the dispatch exchange.
    let outgoing = PayloadRegion()
    /// Came in the dispatch exchange, and stays as it came: a rank of a tensor-parallel group may
    /// still have to hand it on when its own experts have begun.
    let visiting = PayloadRegion()
    /// What the experts made of it; goes back in the combine exchange.
    let answers = PayloadRegion()
    /// Came back in the combine exchange.
    let returned = PayloadRegion()
    /// Where experts of a node share tokens: what its experts made of them, to be summed here.
    let gathered = PayloadRegion()
    /// The sums; go back in the exchange that returns them.
    let sums = PayloadRegion()
    /// On its way to other ranks.
    let relayed = PayloadRegion()
    /// Chunks may be asked for again: what a step changes after it has left is kept as it left.
    let keepsSent: Bool

    init(keepsSent: Bool = false) { self.keepsSent = keepsSent }

    /// What leaves in the dispatch exchange, 0, or in the combine exchange, 1.
    func outgoing(exchange: Int) -> PayloadRegion { exchange == 0 ? outgoing : answers }

    /// Where the bytes of those exchanges go.
    func incoming(exchange: Int) -> PayloadRegion { exchange == 0 ? visiting : returned }

    /// What a rank has dispatched to itself comes to it; `range` of it, or all.
    func keepDispatched(by rank: Rank, _ range: Range<Int>? = nil) {
        outgoing.copy(to: visiting, rank.index, range)
    }

    /// What its experts answered to itself comes back.
    func keepAnswered(by rank: Rank, _ range: Range<Int>? = nil) {
        answers.copy(to: returned, rank.index, range)
    }

    /// Of a rank's own messages; what it relays is not known before its program.
    var byteCount: Int { outgoing.count + visiting.count + answers.count + returned.count }
}
