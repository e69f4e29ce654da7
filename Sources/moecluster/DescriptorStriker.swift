// A worker that has used up its descriptors.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults

/// Strikes at what a worker may open.
final class DescriptorStriker: FaultStriker {
    private var ids: Set<Int> = []

    func plays(_ kind: FaultKind) -> Bool {
        if case .resource(.descriptors) = kind { true } else { false }
    }

    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect {
        guard case .resource(.descriptors(let left)) = event.kind,
            case .npu(let rank) = event.target,
            let struck = coordinator.holdDescriptors(of: rank, left: left, id: event.id)
        else { return .none }
        ids.insert(event.id)
        return StrikeLedger.Entry(event, [struck]).map(StrikeEffect.hit) ?? .none
    }

    func end(_ event: FaultEvent, on coordinator: Coordinator) {
        guard case .npu(let rank) = event.target else { return }
        _ = coordinator.holdDescriptors(of: rank, left: nil, id: event.id)
    }

    func collect(from coordinator: Coordinator, into book: inout FaultBook) {
        for id in ids.sorted() {
            guard let refusal = coordinator.refusedCalls[id] else { continue }
            book.prove(id, .refusedCall("open: \(refusal)"))
            ids.remove(id)
        }
    }
}
