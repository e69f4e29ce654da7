import EventLoop

/// Both ends of one connection over loopback, on a loop of their own.
final class Loopback {
    let loop: Loop
    let client: Connection
    private(set) var server: Connection?
    private var listener: Listener?

    /// Returns once both ends stand.
    init() throws {
        loop = try Loop()
        client = try Connection(on: loop)
        var isConnected = false
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { [unowned self] in
            server = $0
            if isConnected { loop.stop() }
        }
        self.listener = listener
        var failure: LoopError?
        try client.connect(to: .loopback(port: listener.port)) { [unowned self] error in
            failure = error
            isConnected = true
            if server != nil || error != nil { loop.stop() }
        }
        loop.run()
        if let failure { throw failure }
    }

    /// Closes what is open and lets every callback come.
    func close() {
        client.close()
        server?.close()
        listener?.close()
        loop.run()
    }
}
