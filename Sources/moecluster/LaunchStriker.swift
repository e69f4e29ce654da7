// Workers that start late, never, or die as they start.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults
import Membership

/// Strikes at the launch: it answers for each start of a worker how that goes.
final class LaunchStriker {
    /// sysexits.h calls it EX_SOFTWARE.
    private static let crashCode = 70

    /// A process that a strike ended, 0 if it let none begin.
    private struct Noted: Hashable {
        let id: Int
        let process: Int32
    }

    private var events: [FaultEvent] = []
    /// Starts of each strike that came to nothing because nothing was started; key = id.
    private var swallowed: [Int: Int] = [:]
    /// Starts so far, by rank.
    private var starts: [Rank: Int] = [:]
    /// What has been noted: who was left out may be started again later, which shows more.
    private var proven: [Int: FaultProof] = [:]
    private var noted: Set<Noted> = []

    func attach(_ events: [FaultEvent], to coordinator: Coordinator) {
        self.events = events
        coordinator.onStart = { [unowned self] in self.start(of: $0) }
    }

    private func start(of rank: Rank) -> WorkerStart {
        starts[rank, default: 0] += 1
        let number = starts[rank, default: 0]
        for event in events where event.target == .npu(rank) {
            switch event.kind {
            case .process(.slowStart(let delay)) where number == 1:
                return .late(by: delay.picoseconds / 1000)
            case .process(.crashLoop(let times)) where number <= times:
                return .crashing(code: Self.crashCode)
            case .process(.neverStarts):
                swallowed[event.id, default: 0] += 1
                return .never
            default: continue
            }
        }
        return .usual
    }

    // MARK: What was seen

    /// Notes what is new since it was last asked.
    func settle(_ coordinator: Coordinator, _ book: inout FaultBook, _ ledger: inout StrikeLedger) {
        for event in events {
            guard case .npu(let rank) = event.target else { continue }
            if let proof = proof(of: event, rank, coordinator), proven[event.id] != proof {
                book.prove(event.id, only: proof)
                proven[event.id] = proof
            }
            if coordinator.joins.contains(where: { $0.rank == rank }) { book.heal(event.id) }
            var processes = crashes(of: rank, coordinator).map(\.process)
            if event.kind.keepsFromStarting { processes.append(0) }
            for process in processes
            where noted.insert(Noted(id: event.id, process: process)).inserted {
                var entry = StrikeLedger.Entry(
                    id: event.id,
                    at: coordinator.launchedAt,
                    processes: [rank: process]
                )
                entry.isOfLaunch = true
                ledger.add(entry)
            }
        }
    }

    private func proof(
        of event: FaultEvent,
        _ rank: Rank,
        _ coordinator: Coordinator
    ) -> FaultProof? {
        switch event.kind {
        case .process(.slowStart):
            let late = Self.lateness(of: rank, coordinator)
            return late.map { .startDelayed(Interval(picoseconds: $0 * 1000)) }
        case .process(.crashLoop):
            return .startsFailed(crashes(of: rank, coordinator).count)
        case .process(.neverStarts):
            let joined = coordinator.joins.contains { $0.rank == rank }
            return joined ? nil : .startsFailed(swallowed[event.id, default: 0])
        default: return nil
        }
    }

    private func crashes(of rank: Rank, _ coordinator: Coordinator) -> [ReapedWorker] {
        let crashLoops = events.contains {
            if case .process(.crashLoop) = $0.kind { $0.target == .npu(rank) } else { false }
        }
        guard crashLoops else { return [] }
        return coordinator.reaped.filter {
            $0.rank == rank && $0.signal == 0 && $0.code == Self.crashCode
        }
    }

    /// Host nanoseconds by which a rank's first joining, or that nobody waited for it any more, came
    /// after the joining of the median of the others; `nil` if there is neither, if nobody else
    /// joined, or if it was not later.
    private static func lateness(of rank: Rank, _ coordinator: Coordinator) -> Int64? {
        let joins = coordinator.joins.map { ($0.rank, $0.at) }
        let firsts = Dictionary(joins, uniquingKeysWith: min)
        let givenUp = coordinator.incidents.first { $0.step == nil && $0.rootCause == rank }
        let others = firsts.filter { $0.key != rank }.values.sorted()
        guard let own = [firsts[rank], givenUp?.detectedAt].compactMap(\.self).min(),
            !others.isEmpty
        else { return nil }
        let late = own - others[(others.count - 1) / 2]
        return late > 0 ? late : nil
    }
}

extension FaultKind {
    /// Whether a process is not there in time because of it.
    fileprivate var keepsFromStarting: Bool {
        switch self {
        case .process(.neverStarts), .process(.slowStart): true
        default: false
        }
    }
}
