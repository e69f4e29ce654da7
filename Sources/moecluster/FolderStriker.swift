// A results' folder that is full or read-only.

import ClusterModel
import ClusterRuntime
import EventLoop
import FaultPlay
import Faults
import ResultFiles

/// Strikes at the run's folder: what is written through it is refused while a fault holds.
final class FolderStriker: FaultStriker {
    private var holding: [(id: Int, hurt: FolderHurt, at: Int64)] = []
    private var refusals: [(id: Int, call: String, afterMs: Double)] = []

    func plays(_ kind: FaultKind) -> Bool { Self.hurt(of: kind) != nil }

    private static func hurt(of kind: FaultKind) -> FolderHurt? {
        switch kind {
        case .resource(.folderFull): .full
        case .resource(.folderReadOnly): .readOnly
        default: nil
        }
    }

    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect {
        guard let hurt = Self.hurt(of: event.kind) else { return .none }
        holding.append((event.id, hurt, Loop.hostNanoseconds))
        return .none
    }

    func end(_ event: FaultEvent, on coordinator: Coordinator) {
        holding.removeAll { $0.id == event.id }
    }

    /// Writes into the folder at `path`, if it lets itself be written.
    func write<R>(to path: String, _ body: () throws -> R) throws -> R {
        guard let first = holding.first else { return try body() }
        do {
            return try first.hurt.during(path, body)
        } catch let problem as FileProblem where !problem.errorName.isEmpty {
            let afterMs = Double(Loop.hostNanoseconds - first.at) / 1e6
            refusals.append((first.id, "write: \(problem.errorName)", afterMs))
            throw problem
        }
    }

    /// No step is left to hurt: what was kept may be written.
    func letGo(_ book: inout FaultBook) {
        for held in holding { book.heal(held.id) }
        holding = []
    }

    func collect(from coordinator: Coordinator, into book: inout FaultBook) {
        for refusal in refusals where !book.outcomes[refusal.id].isProven {
            book.prove(refusal.id, .refusedCall(refusal.call))
            let detection = FaultDetection(
                discoverer: "coordinator",
                cause: .cluster,
                afterMs: refusal.afterMs
            )
            book.found(refusal.id, detection, nil)
        }
        refusals = []
    }
}
