// The shared ports of a simulated cluster: the same code that workers run over shared memory, over
// memory of its own.

import ClusterModel
import Exchange
import Links

/// Chunks of all ranks at shared ports, in one process.
final class SharedPassages {
    private let memory: UnsafeMutableRawBufferPointer
    private let space: SharedPortSpace
    private var books: [PassageBook]
    /// Ranks with chunks under way.
    private var waiting: Set<Int> = []

    init(_ ports: PortMap) {
        let shape = SharedPortShape(
            ports: ports.sharedPortCount,
            world: ports.layout.world,
            capacity: 1 << 16,
            slots: 1 << 14
        )
        memory = .allocate(byteCount: shape.byteCount, alignment: 64)
        space = SharedPortSpace(memory: memory, ports: ports, shape: shape)
        space.reset()
        books = ports.layout.ranks.map { PassageBook(rank: $0, shape: shape) }
    }

    deinit { memory.deallocate() }

    func begin(_ passage: SharedPassage, of rank: Int) {
        let hasRoom = books[rank].begin(passage, in: space)
        invariant(hasRoom, "no room for a chunk of rank \(rank) at its shared ports")
        waiting.insert(rank)
    }

    var nextEntry: Instant? { waiting.isEmpty ? nil : space.nextEntry }

    /// Serves what has entered and tells the machines; returns the ranks that waited.
    func serve(upTo now: Instant, _ machines: inout [RankMachine]) -> [Int] {
        space.serve(upTo: now)
        let ranks = waiting.sorted()
        for rank in ranks {
            books[rank].settle(&machines[rank], from: space)
            if books[rank].isEmpty { waiting.remove(rank) }
        }
        return ranks
    }
}
