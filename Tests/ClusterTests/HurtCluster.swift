// A real cluster in which something happens to workers in the middle of a step.

import ClusterModel
import Exchange
import Foundation
import Glibc
import Membership
import Simulation

@testable import ClusterRuntime

/// Eight workers on two nodes that route real tokens; signals are sent to them while a step runs.
final class HurtCluster {
    /// What is done to a worker, and when: so many milliseconds after all ranks of the step of
    /// this number have prepared.
    struct Blow {
        var signal: Int32
        var rank: Int
        var step: Int
        var afterMilliseconds = 0
    }

    struct Record {
        var outcomes: [StepOutcome] = []
        var incidents: [Incident] = []
        var remains = ClusterRemains()
        var failure: RunFailure?
        /// Host nanoseconds at which blows were struck.
        var blows: [Int64] = []
        /// When each step ended.
        var ends: [Int64] = []
        var launched: Int64 = 0
        var processes: [Int32] = []
    }

    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("hurt-\(getpid())-\(UInt64.random(in: 0...(.max)))")
    private let plan: ClusterPlan
    private let ladder: RecoveryPolicy

    init(_ ladder: RecoveryPolicy, hidden: Int = 512) throws {
        self.ladder = ladder
        try TokenFolder.write(to: folder)
        var plan = ClusterPlan.twoRanks
        plan.nodes = 2
        plan.npusPerNode = 4
        plan.parallel = ParallelDegrees(tp: 1, ep: 8, dp: 1)
        plan.model.hidden = hidden
        plan.workload.tokens = folder.path
        plan.workload.tokensPerNPU = 64
        plan.routing.routers = [.locmoePlus, .switch]
        self.plan = plan
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Plays so many steps, at most until one fails for good.
    func play(steps: Int, blows: [Blow] = []) throws -> Record {
        var record = Record()
        let strikes = Strikes()
        var pending = blows
        var step = 0
        var coordinator: Coordinator?
        let compiler = StepCompiler(plan: plan)
        var options = CoordinatorOptions(
            workerPath: ProgramRun.builtFolder.appendingPathComponent("moecluster-worker").path,
            dilation: 20_000,
            logDescriptor: STDERR_FILENO,
            recovery: ladder
        )
        // Other tests start programs from this process.
        options.takesSignals = false
        // A worker on a busy host may be silent for long: only who looks for silence has a short
        // bound of it, or others would be started again.
        let isQuick = blows.contains { $0.signal == SIGSTOP }
        options.bounds.heartbeat = isQuick ? 400_000_000 : 2_000_000_000
        let cluster = try Coordinator(plan: plan, options: options) { inputs, shape, algorithm in
            while let at = pending.firstIndex(where: { $0.step == step }) {
                let blow = pending.remove(at: at)
                guard let process = coordinator?.processIdentifier(of: Rank(blow.rank)) else {
                    continue
                }
                strikes.strike(process, blow)
            }
            return try compiler.compile(inputs, shape, algorithm)
        }
        coordinator = cluster
        do {
            record.launched = try cluster.launch()
            record.processes = (0..<8).compactMap { cluster.processIdentifier(of: Rank($0)) }
            while step < steps {
                let outcome = try cluster.runStep(
                    step,
                    router: step % 2,
                    isWarmup: false,
                    serial: step
                )
                record.outcomes.append(outcome)
                record.ends.append(Int64(DispatchTime.now().uptimeNanoseconds))
                step += 1
            }
        } catch let failure as RunFailure {
            record.failure = failure
        }
        record.processes += (0..<8).compactMap { cluster.processIdentifier(of: Rank($0)) }
        record.incidents = cluster.incidents
        strikes.wait()
        record.blows = strikes.times
        record.remains = cluster.shutDown()
        coordinator = nil
        return record
    }
}

/// Signals from a thread of their own: the coordinator's waits for workers.
private final class Strikes: @unchecked Sendable {
    private let group = DispatchGroup()
    private let lock = NSLock()
    private var struck: [Int64] = []

    var times: [Int64] { lock.withLock { struck } }

    func strike(_ process: Int32, _ blow: HurtCluster.Blow) {
        guard blow.afterMilliseconds > 0 else {
            send(blow.signal, to: process)
            return
        }
        group.enter()
        // Not on a queue: those are busy with other tests.
        Thread.detachNewThread {
            usleep(UInt32(blow.afterMilliseconds * 1000))
            self.send(blow.signal, to: process)
            self.group.leave()
        }
    }

    private func send(_ signal: Int32, to process: Int32) {
        lock.withLock { struck.append(Int64(DispatchTime.now().uptimeNanoseconds)) }
        kill(process, signal)
    }

    func wait() { group.wait() }
}
