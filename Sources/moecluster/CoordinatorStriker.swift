// A coordinator that is killed, stops, or loses a worker.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults
import Glibc

/// Strikes at this process and at its control connections.
final class CoordinatorStriker: FaultStriker {
    /// Writes what there is to the run's folder.
    var save: (() -> Void)?
    private var pauses: [(id: Int, at: Int64, length: Int64)] = []
    private var cuts: [(id: Int, struck: StruckWorker)] = []

    func plays(_ kind: FaultKind) -> Bool { if case .coordinator = kind { true } else { false } }

    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect {
        guard case .coordinator(let fault) = event.kind else { return .none }
        switch fault {
        case .kill:
            // Nobody is left to write it down afterwards.
            save?()
            kill(getpid(), SIGKILL)
            return .none
        case .pause:
            pause(event, coordinator)
            return .none
        case .controlLost:
            guard case .npu(let rank) = event.target,
                let struck = coordinator.cutControl(of: rank)
            else { return .none }
            cuts.append((event.id, struck))
            return StrikeLedger.Entry(event, [struck]).map(StrikeEffect.hit) ?? .none
        }
    }

    private func pause(_ event: FaultEvent, _ coordinator: Coordinator) {
        // Without a helper nobody is stopped, and the strike leaves no evidence.
        guard case .time(let span) = event.span,
            let pause = try? coordinator.pauseItself(for: span.picoseconds / 1000),
            pause.length >= span.picoseconds / 1000
        else { return }
        pauses.append((event.id, pause.at, pause.length))
    }

    func collect(from coordinator: Coordinator, into book: inout FaultBook) {
        for (id, at, length) in pauses {
            book.prove(id, .silence(Interval(picoseconds: length * 1000)))
            book.heal(id)
            // Short ones are no news to it.
            guard let noticed = coordinator.absences.first(where: { $0 >= at + length }) else {
                continue
            }
            let afterMs = Double(noticed - at) / 1e6
            let detection = FaultDetection(
                discoverer: "coordinator",
                cause: .coordinator,
                afterMs: afterMs
            )
            book.found(id, detection, nil)
        }
        pauses = []
        cuts.removeAll { id, struck in
            let lost = coordinator.lostControls.first {
                $0.rank == struck.rank && $0.at >= struck.at
            }
            if let lost { book.prove(id, .connectionError(lost.reason)) }
            return lost != nil
        }
    }
}
