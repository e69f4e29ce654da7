// What plays strikes at a cluster of processes. Each striker knows some kinds; FaultPlayer asks all
// of them at the moments of the run and keeps the book.

import ClusterRuntime
import FaultPlay
import Faults
import Glibc

/// Strikes with some kinds of fault.
protocol FaultStriker: AnyObject {
    func plays(_ kind: FaultKind) -> Bool

    /// Does it: the step has been appointed to all ranks, and none has begun.
    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect

    /// The step begins with which it ends.
    func end(_ event: FaultEvent, on coordinator: Coordinator)

    /// Notes what has been seen of its strikes since it was last asked.
    func collect(from coordinator: Coordinator, into book: inout FaultBook)
}

/// What a strike did at once.
enum StrikeEffect {
    /// It hit nobody: there was no process.
    case none
    /// It hit these, since then.
    case hit(StrikeLedger.Entry)
}

extension FaultStriker {
    func end(_ event: FaultEvent, on coordinator: Coordinator) {}
}

extension FaultKind {
    /// The signal that ends a worker's process, `nil` of kinds that end none by one.
    fileprivate var signal: Int? {
        switch self {
        case .process(.kill), .node(.kill): Int(SIGKILL)
        default: nil
        }
    }
}

extension StrikeLedger.Entry {
    init?(_ event: FaultEvent, _ struck: [StruckWorker]) {
        guard let at = struck.map(\.at).min() else { return nil }
        self.init(
            id: event.id,
            at: at,
            processes: Dictionary(
                struck.map { ($0.rank, $0.process) },
                uniquingKeysWith: { $1 }
            ),
            signal: event.kind.signal
        )
    }
}
