import Dispatch
import Synchronization

/// The cores of this host, for work whose parts share nothing.
enum HostCores {
    /// Calls the body once for every index below `count`, on several threads at a time.
    ///
    /// It returns when all have ended. What bodies share, they have to lock.
    ///
    /// - Throws: what the first body that failed has thrown.
    static func forEach(below count: Int, _ body: (Int) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: count) { index in
                do {
                    try body(index)
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
