// What can be known before anything starts is said before anything starts, with the figure.

import ClusterModel
import ClusterRuntime
import Exchange
import Glibc

/// Something that keeps a run from starting.
struct PreflightProblem: Error, CustomStringConvertible {
    let description: String
}

/// Checks of a plan against this host.
struct Preflight {
    let plan: ClusterPlan
    /// Of a bare exchange, in place of the plan's tokens.
    var matrix: TrafficMatrix?
    /// What learning needs, where routers learn.
    var learning: LearningMemory?
    /// Bytes that the worker needs beside its buffers.
    private static let workerBytes = 12 << 20
    /// Bytes that a worker maps beside its buffers, its libraries included; 36 MiB were seen.
    private static let workerAddresses = 48 << 20

    /// Bytes that all workers together need, and this process where it learns beside them.
    var memoryNeeded: Int {
        plan.world * Self.workerBytes + bufferBytes
            + plan.world * (learning?.workerBytes ?? 0) + (learning?.ownBytes ?? 0)
    }

    /// What workers need for payload: four regions each, twice as large as an even load makes them.
    private var bufferBytes: Int {
        // What is sent and what is received; the bytes in flight are the sender's.
        if let matrix { return 2 * matrix.total }
        let tokens = plan.workload.tokensPerNPU * plan.routing.pairsPerTokenMax
        let region = tokens * plan.model.tokenBytes.value * 2
        return plan.world * 4 * region
    }

    /// Bytes that one worker has to map: its share, and its program and libraries.
    var addressesNeeded: Int {
        Self.workerAddresses + bufferBytes / plan.world + (learning?.workerBytes ?? 0)
    }

    /// Descriptors that one process needs: a worker has a connection to each other one.
    var descriptorsNeeded: Int { 3 * plan.world + 64 }

    func check(_ host: HostCapacity) throws(PreflightProblem) {
        guard descriptorsNeeded <= host.descriptors else {
            throw PreflightProblem(
                description: "\(plan.world) workers need \(descriptorsNeeded) descriptors a "
                    + "process, this one may open \(host.descriptors): raise 'ulimit -n' or take "
                    + "fewer NPUs"
            )
        }
        guard memoryNeeded <= host.memoryAvailable.bytes else {
            throw PreflightProblem(
                description: "\(plan.world) workers \(beside)need about \(memoryNeeded >> 20) MiB, "
                    + "\(host.memoryAvailable.limit) has \(host.memoryAvailable.bytes >> 20) MiB "
                    + "to give: \(advice)"
            )
        }
        guard addressesNeeded <= host.addressSpace else {
            throw PreflightProblem(
                description: "a worker maps about \(addressesNeeded >> 20) MiB, a process may map "
                    + "\(host.addressSpace >> 20) MiB: raise 'ulimit -v', or \(advice)"
            )
        }
    }

    private var beside: String { learning == nil ? "" : "and what is learned " }

    private var advice: String {
        "lower " + (matrix == nil ? "tokens_per_npu or hidden" : "the exchange's bytes")
            + ", or take fewer NPUs"
    }

    static func checkWorker() throws(PreflightProblem) {
        let path = Program.workerPath
        guard access(path, X_OK) == 0 else {
            throw PreflightProblem(
                description: "\(path): \(String(cString: strerror(errno))); expected the worker's "
                    + "program beside this one: build both with 'swift build'"
            )
        }
    }
}
