// Ports that several ranks share, in memory that several processes may share. A chunk enters when
// it has left its sender's own port; the port serves chunks in the order in which they enter by
// the model, whoever brought them. They come here ahead of time and wait until their instant.
//
// Plain words at fixed places, no pointers: every process maps the memory elsewhere. Whoever calls
// holds the lock that goes with it.

import ClusterModel

/// The shared ports of a cluster and the results of passages.
public struct SharedPortSpace {
    private let memory: UnsafeMutableRawBufferPointer
    private let bandwidths: [Bandwidth]
    private let shape: SharedPortShape

    /// `memory` must have `shape.byteCount` bytes, aligned to 8; `reset` must have been called by
    /// one of those that share it.
    public init(memory: UnsafeMutableRawBufferPointer, ports: PortMap, shape: SharedPortShape) {
        invariant(
            memory.count >= shape.byteCount,
            "\(memory.count) bytes for shared ports that need \(shape.byteCount)"
        )
        self.memory = memory
        self.shape = shape
        bandwidths = (0..<shape.ports).map { ports.bandwidth(ofSharedPort: $0) }
    }

    private static let open = Int64.min

    /// Empties all ports and forgets all passages: before a step.
    public func reset() {
        underWay = 0
        for port in 0..<shape.ports {
            setFree(Instant(picoseconds: .min / 2), port)
            setCount(0, port)
        }
    }

    /// Brings a chunk to a port; false if there is no room.
    public func enter(_ entry: SharedEntry, port: Int) -> Bool {
        guard underWay < shape.capacity else { return false }
        underWay += 1
        setResult(Self.open, entry.ticket)
        push(entry, port)
        return true
    }

    /// When the chunk has arrived behind its last shared port; `nil` while that is not known.
    public func arrival(of ticket: PassageTicket) -> Instant? {
        let value: Int64 = load(shape.result(ticket))
        return value == Self.open ? nil : Instant(picoseconds: value)
    }

    /// Serves all chunks that have entered by `now`.
    public func serve(upTo now: Instant) {
        for port in 0..<shape.ports {
            while count(port) > 0, entry(0, port).enters <= now { serveFirst(port) }
        }
    }

    /// When the next chunk enters a port.
    public var nextEntry: Instant? {
        var next: Instant?
        for port in 0..<shape.ports where count(port) > 0 {
            let enters = entry(0, port).enters
            if next.map({ enters < $0 }) ?? true { next = enters }
        }
        return next
    }

    /// Its first byte is served when it comes and the port is free, its last not before it came.
    ///
    /// The port is free again once it could have served all of it: bytes of other chunks pass in
    /// between where those of this one come more slowly than the port serves them.
    private func serveFirst(_ port: Int) {
        var entry = pop(port)
        let time = bandwidths[port].time(for: ByteCount(Int(entry.bytes)))
        let start = max(entry.enters - entry.span, free(port))
        let served = start + time
        let leave = max(served, entry.enters)
        setFree(served, port)
        guard entry.next >= 0 else {
            setResult((leave + entry.latency).picoseconds, entry.ticket)
            underWay -= 1
            return
        }
        let next = Int(entry.next)
        entry.enters = leave + entry.latency
        entry.span = max(entry.span, time)
        entry.latency = .zero
        entry.next = -1
        // Ports are served in ascending order: this one comes later in the same call. There is
        // room: its capacity is that of all chunks that may be under way.
        push(entry, next)
    }

    // MARK: A heap in plain memory

    private func push(_ entry: SharedEntry, _ port: Int) {
        var index = count(port)
        setCount(index + 1, port)
        while index > 0 {
            let parent = (index - 1) / 2
            let above = self.entry(parent, port)
            guard SharedEntry.precedes(entry, above) else { break }
            setEntry(above, index, port)
            index = parent
        }
        setEntry(entry, index, port)
    }

    private func pop(_ port: Int) -> SharedEntry {
        let first = entry(0, port)
        let count = count(port) - 1
        setCount(count, port)
        let last = entry(count, port)
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < count else { break }
            if child + 1 < count,
                SharedEntry.precedes(entry(child + 1, port), entry(child, port))
            {
                child += 1
            }
            let below = entry(child, port)
            guard SharedEntry.precedes(below, last) else { break }
            setEntry(below, index, port)
            index = child
        }
        setEntry(last, index, port)
        return first
    }

    // MARK: Words

    private var underWay: Int {
        get { load(SharedPortShape.underWay) }
        nonmutating set {
            memory.storeBytes(of: newValue, toByteOffset: SharedPortShape.underWay, as: Int.self)
        }
    }

    private func load<T>(_ offset: Int) -> T { memory.load(fromByteOffset: offset, as: T.self) }

    private func free(_ port: Int) -> Instant {
        Instant(picoseconds: load(shape.port(port)))
    }

    private func setFree(_ instant: Instant, _ port: Int) {
        memory.storeBytes(of: instant.picoseconds, toByteOffset: shape.port(port), as: Int64.self)
    }

    private func count(_ port: Int) -> Int { load(shape.port(port) + 8) }

    private func setCount(_ count: Int, _ port: Int) {
        memory.storeBytes(of: count, toByteOffset: shape.port(port) + 8, as: Int.self)
    }

    private func entry(_ index: Int, _ port: Int) -> SharedEntry {
        load(shape.entry(index, port))
    }

    private func setEntry(_ entry: SharedEntry, _ index: Int, _ port: Int) {
        memory.storeBytes(
            of: entry,
            toByteOffset: shape.entry(index, port),
            as: SharedEntry.self
        )
    }

    private func setResult(_ value: Int64, _ ticket: PassageTicket) {
        memory.storeBytes(of: value, toByteOffset: shape.result(ticket), as: Int64.self)
    }
}
