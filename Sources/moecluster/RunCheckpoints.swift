// Checkpoints of a run whose routers learn: `training/` of its folder. What workers hold equals the
// reference after each step, bit for bit, so the reference's state is the cluster's.

import ClusterModel
import ClusterRuntime
import Glibc
import MoELayer
import ResultFiles
import TokenData

/// Saves what the routers of a run have learned, and the controls beside them, and takes it up
/// again.
struct RunCheckpoints {
    let folder: String
    let plan: ClusterPlan
    let reference: TrainingReference
    let quality: RunQuality

    private var every: Int { plan.training.checkpointEvery }

    /// Of a router or a control, after so many steps of training.
    private func path(_ router: Int, step: Int) -> String {
        "\(folder)/\(router)-\(reference.names[router])-\(step)"
    }

    /// After how many steps what is learned is kept, up to `last` steps, the latest first.
    ///
    /// A control is done with its last step, whenever that is.
    private func due(_ router: Int, upTo last: Int) -> [Int] {
        let regular = Array(stride(from: last / every * every, to: 0, by: -every))
        let end = reference.stepsBefore(router: router)
        let isEnd = reference.isControl(router) && last >= end && !end.isMultiple(of: every)
        return isEnd ? [end] + regular : regular
    }

    // MARK: Saving

    /// Keeps what a router or a control has learned if it is due, and the checkpoint before the last
    /// one.
    ///
    /// Every result up to its step must be in the folder by now.
    func saveIfDue(router: Int) throws {
        let step = reference.step(router: router)
        let due = due(router, upTo: step)
        guard due.first == step else { return }
        let path = path(router, step: step)
        // The checkpoint comes last: where there is one, its record is whole.
        try RecordFile.write(quality.record(of: router), to: path + ".json")
        try WholeFile.write(reference.checkpoint(router: router).bytes, to: path + ".checkpoint")
        if due.count > 2 { remove(router, step: due[2]) }
    }

    private func remove(_ router: Int, step: Int) {
        unlink(path(router, step: step) + ".checkpoint")
        unlink(path(router, step: step) + ".json")
    }

    /// Writes what routers have learned for workers to begin with, a path for each router.
    func saveStart() throws -> [String] {
        try plan.routing.routers.indices.map(saveStart)
    }

    /// Writes what one router has learned by now in place of what workers began with: for those
    /// that are started anew, and those that have to go back.
    @discardableResult
    func saveStart(router: Int) throws -> String {
        let name = plan.routing.routers[router].rawValue
        let path = "\(folder)/\(router)-\(name)-start.checkpoint"
        try WholeFile.write(reference.checkpoint(router: router).bytes, to: path)
        return path
    }

    // MARK: Going on

    /// Takes up the last checkpoint of each router whose results are all kept, and the last of each
    /// control, whose results are what they learn.
    ///
    /// - Parameters:
    ///   - kept: measured steps in the folder, index = router.
    ///   - console: hears what is taken up, and what could not be.
    func restore(kept: [Int], _ console: Console) {
        for (router, name) in reference.names.enumerated() {
            // A step after the kept ones would be learned twice.
            let played = reference.isControl(router) ? 0 : kept[router]
            let last = reference.stepsBefore(router: router) + played
            for step in due(router, upTo: last) {
                guard RecordFile.exists(path(router, step: step) + ".checkpoint") else { continue }
                do {
                    try restore(router, step: step)
                    console.info("\(name): going on from its checkpoint after step \(step)")
                    break
                } catch {
                    console.warning("\(error); \(name) goes on from an earlier step")
                }
            }
        }
    }

    private func restore(_ router: Int, step: Int) throws {
        let path = path(router, step: step)
        let record = try RecordFile.read(LearnedRecord.self, from: path + ".json")
        let bytes = try WholeFile.read(path + ".checkpoint")
        do throws(Checkpoint.Problem) {
            let checkpoint = try Checkpoint(bytes)
            guard checkpoint.step == step, record.series.count == step else { throw .damaged }
            try reference.restore(checkpoint, router: router)
        } catch {
            throw TokenDataError(file: path + ".checkpoint", problem: "\(error)")
        }
        quality.restore(record, router: router)
    }
}
