/// How the memory of shared ports is laid out: how many chunks are under way, for each port when
/// it is free and a heap of entries, then for each rank the results of its passages.
public struct SharedPortShape: Sendable, Equatable {
    public let ports: Int
    /// Chunks that may be under way at all ports together, so that each has room for them.
    public let capacity: Int
    public let world: Int
    /// Passages that one rank may have under way.
    public let slots: Int

    public init(ports: Int, world: Int, capacity: Int, slots: Int) {
        self.ports = ports
        self.world = world
        self.capacity = capacity
        self.slots = slots
    }

    private var portBytes: Int { 16 + capacity * MemoryLayout<SharedEntry>.stride }

    public var byteCount: Int { port(ports) + world * slots * 8 }

    /// Chunks under way, a word.
    static let underWay = 0

    func port(_ index: Int) -> Int { 8 + index * portBytes }

    func entry(_ index: Int, _ port: Int) -> Int {
        self.port(port) + 16 + index * MemoryLayout<SharedEntry>.stride
    }

    func result(_ ticket: PassageTicket) -> Int {
        port(ports) + (ticket.rank * slots + ticket.slot) * 8
    }
}
