// What is learned before a run's first step: by routers side by side on the host's cores, and by the
// controls all of it. Nothing is shared between them, so bits do not depend on who came first.

import ClusterRuntime
import Synchronization

/// Lets everybody learn at a time; what is heard of it is heard one after the other.
struct WarmStart {
    let reference: TrainingReference
    let quality: RunQuality
    /// Kept as they come due; nil where there is no folder.
    let checkpoints: RunCheckpoints?
    let console: Console

    /// Learns until everybody is ready, the first of them fails, or somebody asks for the end.
    func run() throws {
        let isOver = Mutex(false)
        try HostCores.forEach(below: reference.names.count) { router in
            do {
                try learn(router, isOver)
            } catch {
                isOver.withLock { $0 = true }
                throw error
            }
        }
    }

    private func learn(_ router: Int, _ isOver: borrowing Mutex<Bool>) throws {
        let last = reference.stepsBefore(router: router)
        while reference.step(router: router) < last {
            try Interruption.check()
            let (outcome, step) = try reference.study(router: router)
            // Each on its own core as well; the records are taken in turns.
            let look = try quality.lookIfDue(router)
            let goesOn = try isOver.withLock { isOver in
                guard !isOver else { return false }
                try reference.onStep?(router, outcome, step)
                if let look { quality.take(look, router) }
                console.progress(
                    "\(reference.names[router]) learns: step \(step + 1) of \(last)"
                )
                try checkpoints?.saveIfDue(router: router)
                return true
            }
            guard goesOn else { return }
        }
    }
}
