import Dispatch

/// The cores of this host, for work whose parts share nothing.
enum HostCores {
    /// Calls the body once for every index below `count`, on several threads at a time.
    ///
    /// It returns when all have ended. What bodies share, they have to lock.
    static func forEach(below count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: count) { body($0) }
        }
    }
}
