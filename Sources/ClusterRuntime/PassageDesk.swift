// A worker's window to the ports that ranks share: brings chunks there, serves what is due, and
// tells its machine what is through. The memory is the cluster's.

import ClusterModel
import EventLoop
import Exchange
import Links

/// Shared ports of a running cluster.
final class SharedPorts {
    static let capacity = 1 << 14
    static let slots = 1 << 12

    let memory: SharedMemory
    let shape: SharedPortShape
    private let space: SharedPortSpace

    /// How the ports of a plan lie in memory; `nil` where ranks share none.
    static func shape(of ports: PortMap) -> SharedPortShape? {
        guard ports.sharedPortCount > 0 else { return nil }
        return SharedPortShape(
            ports: ports.sharedPortCount,
            world: ports.layout.world,
            capacity: capacity,
            slots: slots
        )
    }

    init(memory: SharedMemory, ports: PortMap, shape: SharedPortShape) {
        self.memory = memory
        self.shape = shape
        space = SharedPortSpace(memory: memory.bytes, ports: ports, shape: shape)
    }

    func withSpace<R>(_ body: (SharedPortSpace) -> R) -> R { memory.withLock { body(space) } }
}

/// One rank's chunks at shared ports in one step.
final class PassageDesk {
    private let ports: SharedPorts
    private var book: PassageBook
    private(set) var nextEntry: Instant?

    init(_ ports: SharedPorts, rank: Rank) {
        self.ports = ports
        book = PassageBook(rank: rank, shape: ports.shape)
    }

    /// Brings a chunk; false if there is no room.
    func begin(_ passage: SharedPassage) -> Bool {
        ports.withSpace { space in
            let hasRoom = book.begin(passage, in: space)
            nextEntry = space.nextEntry
            return hasRoom
        }
    }

    /// Serves what has entered by `now` and tells the machine what is through.
    func settle(_ machine: inout RankMachine, at now: Instant) {
        guard !book.isEmpty else { return }
        ports.withSpace { space in
            space.serve(upTo: now)
            book.settle(&machine, from: space)
            nextEntry = book.isEmpty ? nil : space.nextEntry
        }
    }
}
