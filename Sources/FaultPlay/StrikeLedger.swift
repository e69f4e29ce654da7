// Which incident of a run follows from which strike. A strike may hit several ranks, a rank may be
// hit several times, and what hits it may have nothing to do with the plan.

import ClusterModel
import Membership

/// Strikes at workers, and the incidents that are put down to them.
public struct StrikeLedger: Sendable {
    /// One strike: whom it hit, and since when, in host nanoseconds.
    public struct Entry: Sendable, Equatable {
        public var id: Int
        public var at: Int64
        /// The processes that it hit, by rank; 0 where there is none to know.
        public var processes: [Rank: Int32]
        /// The signal that ends them, `nil` if it ends none by one.
        public var signal: Int?

        public init(id: Int, at: Int64, processes: [Rank: Int32], signal: Int? = nil) {
            self.id = id
            self.at = at
            self.processes = processes
            self.signal = signal
        }
    }

    private var entries: [Entry] = []

    public init() {}

    public mutating func add(_ entry: Entry) { entries.append(entry) }

    /// The strike that an incident follows from: the last before it that hit whom it is put down
    /// to, and of a process that ended that very process, in the way that it ended.
    ///
    /// A signal ends a process at once: of several it is the first.
    public func cause(of incident: Incident) -> Entry? {
        guard let rank = incident.rootCause else { return nil }
        let hits = entries.filter { entry in
            guard let process = entry.processes[rank] else { return false }
            let isSame = incident.process == nil || process == 0 || incident.process == process
            return isSame && entry.at <= incident.detectedAt
        }
        .sorted { ($0.at, $0.id) < ($1.at, $1.id) }
        let fitting = hits.filter { $0.signal == incident.signal }
        return (incident.signal == nil ? fitting.last : fitting.first) ?? hits.last
    }

    /// Those of `incidents` that follow from the strike `id`, in their order.
    public func incidents(of id: Int, among incidents: [Incident]) -> [Incident] {
        incidents.filter { cause(of: $0)?.id == id }
    }
}
