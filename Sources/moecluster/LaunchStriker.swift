// Workers that start late, never, or die as they start.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults

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
            if event.kind == .process(.neverStarts) { processes.append(0) }
            for process in processes
            where noted.insert(Noted(id: event.id, process: process)).inserted {
                ledger.add(
                    StrikeLedger.Entry(
                        id: event.id,
                        at: coordinator.launchedAt,
                        processes: [rank: process]
                    )
                )
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
            let late = Self.lateness(of: rank, coordinator.joins)
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

    /// Host nanoseconds by which a rank's first joining came after that of the median of the
    /// others; `nil` if it never joined, was the only one to, or was not later.
    private static func lateness(of rank: Rank, _ joins: [JoinedWorker]) -> Int64? {
        let firsts = Dictionary(joins.map { ($0.rank, $0.at) }, uniquingKeysWith: min)
        let others = firsts.filter { $0.key != rank }.values.sorted()
        guard let own = firsts[rank], !others.isEmpty else { return nil }
        let late = own - others[(others.count - 1) / 2]
        return late > 0 ? late : nil
    }
}
