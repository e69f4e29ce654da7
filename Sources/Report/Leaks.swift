// What a run left behind on the host.

/// What a run left behind on the host: all 0 is good.
public struct Leaks: Codable, Sendable, Equatable {
    public var processes: Int
    public var sockets: Int
    public var sharedMemory: Int

    public init(processes: Int, sockets: Int, sharedMemory: Int) {
        self.processes = processes
        self.sockets = sockets
        self.sharedMemory = sharedMemory
    }
}
