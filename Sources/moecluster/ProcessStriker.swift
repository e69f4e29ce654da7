// Workers that are killed, exit or stop.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults

/// Strikes at workers' processes.
final class ProcessStriker: FaultStriker {
    private let layout: RankLayout
    /// Strikes that end processes, until all of those have been reaped.
    private var ending: [(event: FaultEvent, struck: [StruckWorker])] = []
    /// Pauses whose silence is not over.
    private var pauses: [(id: Int, number: Int)] = []

    init(_ plan: ClusterPlan) { layout = RankLayout(plan) }

    func plays(_ kind: FaultKind) -> Bool {
        switch kind {
        case .process(.kill), .process(.exit), .process(.pause), .node(.kill): true
        default: false
        }
    }

    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect {
        let ranks = event.ranks(on: layout)
        var struck: [StruckWorker] = []
        switch event.kind {
        case .process(.exit(let code)):
            struck = ranks.compactMap { coordinator.exit($0, code: code, id: event.id) }
            ending.append((event, struck))
        case .process(.pause):
            struck = ranks.compactMap { pause($0, event, coordinator) }
        default:
            struck = coordinator.kill(ranks)
            ending.append((event, struck))
        }
        return StrikeLedger.Entry(event, struck).map(StrikeEffect.hit) ?? .none
    }

    private func pause(
        _ rank: Rank,
        _ event: FaultEvent,
        _ coordinator: Coordinator
    ) -> StruckWorker? {
        var length: Int64?
        if case .time(let time) = event.span { length = time.picoseconds / 1000 }
        // Without a timer nobody is stopped, and the strike leaves no evidence.
        guard let number = try? coordinator.pause(rank, for: length) else { return nil }
        pauses.append((event.id, number))
        return coordinator.worker(ofPause: number)
    }

    func collect(from coordinator: Coordinator, into book: inout FaultBook) {
        ending.removeAll { event, struck in
            let ends = struck.compactMap { struck in
                coordinator.reaped.first { $0.process == struck.process && $0.at >= struck.at }
            }
            // Of a node that is killed each process must have been reaped.
            guard !ends.isEmpty, ends.count == struck.count else { return false }
            for end in ends { book.prove(event.id, FaultProof(end)) }
            return true
        }
        pauses.removeAll { id, number in
            guard let silence = coordinator.silence(ofPause: number) else { return false }
            book.prove(id, .silence(Interval(picoseconds: silence * 1000)))
            book.heal(id)
            return true
        }
    }
}

extension FaultProof {
    fileprivate init(_ end: ReapedWorker) {
        self = .processEnded(
            signal: end.signal == 0 ? nil : end.signal,
            code: end.signal == 0 ? end.code : nil
        )
    }
}
