import Glibc
import Testing

@testable import EventLoop

/// A listener in a process that has hardly a descriptor left; each in a process of its own, whose
/// limit is its own.
@Suite(.timeLimit(.minutes(10))) struct `A listener without descriptors` {
    @Test func `takes those it can and turns the rest away`() async {
        await #expect(processExitsWith: .success) {
            let crowd = try Crowd(of: 20)
            Crowd.leave(descriptors: 5)
            crowd.wait()
            #expect(crowd.taken == 5)
            #expect(crowd.troubles.isEmpty)
            #expect(crowd.turnedAway == 15)
            crowd.close()
        }
    }

    /// libuv keeps one descriptor in reserve to turn callers away; without it, it would offer the
    /// same caller for ever.
    @Test func `closes and says why when even the reserve is gone`() async {
        await #expect(processExitsWith: .success) {
            let crowd = try Crowd(of: 20)
            crowd.dropReserve()
            // The only one goes to the first caller: libuv cannot fill its reserve again.
            Crowd.leave(descriptors: 1)
            crowd.wait()
            #expect(crowd.taken == 1)
            #expect(crowd.troubles == [LoopError(operation: "accept", code: -EMFILE)])
            #expect(crowd.turnedAway == 19)
            crowd.close()
        }
    }
}

/// Callers that wait in a listener's queue when the loop begins.
private final class Crowd {
    private let loop: Loop
    private var listener: Listener?
    private var callers: [Int32] = []
    private var connections: [Connection] = []
    private(set) var troubles: [LoopError] = []

    var taken: Int { connections.count }

    init(of count: Int) throws {
        loop = try Loop()
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { [unowned self] in
            connections.append($0)
        }
        listener.onTrouble = { [unowned self] in troubles.append($0) }
        self.listener = listener
        for _ in 0..<count { callers.append(Self.call(listener.port)) }
    }

    private static func call(_ port: Int) -> Int32 {
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafeBytes(of: &address) { bytes in
            connect(
                caller,
                bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(MemoryLayout<sockaddr_in>.size)
            )
        }
        precondition(code == 0, "connect: \(String(cString: strerror(errno)))")
        return caller
    }

    /// Lets this process open so many more.
    static func leave(descriptors count: Int) {
        let free = (0..<count).map { _ in dup(STDERR_FILENO) }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // The kernel takes the lowest numbers: all below the highest of these are in use.
        limit.rlim_cur = rlim_t((free.last ?? 0) + 1)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        for descriptor in free { closeDescriptor(descriptor) }
    }

    func dropReserve() {
        closeDescriptor(loop.raw.pointee.emfile_fd)
        loop.raw.pointee.emfile_fd = -1
    }

    /// Runs the loop for ten ticks: one that spins does not come to the next.
    func wait() {
        var ticks = 0
        let ticker = try? RepeatingTimer(on: loop, everyMilliseconds: 5) { [unowned self] in
            ticks += 1
            if ticks == 10 { loop.stop() }
        }
        loop.run()
        ticker?.close()
    }

    /// Closes what is open and lets every callback come.
    func close() {
        for connection in connections { connection.close() }
        listener?.close()
        loop.run()
    }

    /// Callers whose connection was closed by the other side.
    var turnedAway: Int {
        loop.runOnce()
        return callers.count { caller in
            var byte: UInt8 = 0
            let count = recv(caller, &byte, 1, Int32(MSG_DONTWAIT))
            return count == 0 || (count < 0 && errno == ECONNRESET)
        }
    }
}
