// What a run has come to, as the value that results.json, the report and the terminal show.

import ClusterModel
import ClusterRuntime
import Evaluation
import Exchange
import Faults
import MoELayer
import Report

extension RunSession {
    /// `soFar`: the verdict on faults is that of a run that ended now.
    func results(name: String, soFar: Bool = false) -> RunResults {
        let evaluation = RunEvaluation(plan: plan, history: history)
        var fidelity = evaluation.verdict.report(dilation: dilation)
        if isSimulated {
            fidelity.verdict = "simulated"
            fidelity.advice = ""
        } else if evaluation.routerResults.isEmpty {
            fidelity.verdict = "suspect"
            fidelity.advice = "no step was measured"
        }
        let verification = evaluation.verification
        var results = RunResults(
            version: Program.version,
            verb: verb,
            name: String(name.split(separator: "/").last ?? ""),
            started: started,
            seed: plan.workload.seed,
            outcome: outcome,
            plan: plan.entries,
            host: host,
            clock: clock(evaluation),
            routers: evaluation.routerResults,
            fidelity: fidelity,
            survival: hurt.report(
                mismatches: verification.mismatches,
                balance: evaluation.balance,
                droppedByPolicy: history.notOffered(tokensPerRank: plan.workload.tokensPerNPU),
                state: state
            ),
            leaks: Leaks(
                processes: remains.processes,
                sockets: remains.sockets,
                sharedMemory: remains.sharedMemory
            ),
            refusals: Refusals(connections: remains.refused, reasons: remains.refusals)
        )
        if !isSimulated { results.survival.tokensDelivered = verification.tokens }
        quality?.fill(&results)
        if let broken { join(broken, into: &results.survival) }
        player.report(
            into: &results,
            mismatches: verification.mismatches,
            soFar: soFar
        )
        return results
    }

    /// A run whose coordinator was killed went on: without faults in its plan somebody else did that.
    private func join(_ broken: BrokenRun, into survival: inout Survival) {
        if let earlier = broken.survival { survival.join(earlier) }
        guard !player.hurts, let death = broken.faults.death else { return }
        let verdict = SurvivalLevel.unknown.rawValue
        survival.join(
            Survival(
                verdict: verdict,
                reasons: ["killed from outside: \(death)"],
                tokensLost: 0,
                tokensDuplicated: 0
            )
        )
    }

    private func clock(_ evaluation: RunEvaluation) -> Clock {
        Clock(
            dilation: dilation,
            reason: dilationReason,
            measured: isSimulated ? [] : exchanges,
            modelled: ["gate", "expert"] + (isSimulated ? exchanges : ["link rates"]),
            offTheClock: offTheClock,
            wallMs: evaluation.wallMs,
            skippedMs: evaluation.skippedMs,
            launchMs: Double(launchNanoseconds) / 1e6
        )
    }

    private var offTheClock: [String] {
        var all = ["routing arithmetic", "packing", "exchange of counts", "checking"]
        // What is left of sharded matrices on each rank of a group is summed in no exchange.
        if plan.parallel.tp > 1 { all.append("partial sums of sharded experts") }
        guard quality != nil else { return all }
        return all + ["dense layers", "steps of the warm start", "controls"]
    }

    /// What goes over links in a step.
    private var exchanges: [String] {
        var exchanges = ["dispatch", "combine"]
        guard quality != nil else { return exchanges }
        if plan.routing.capacityScope == .global { exchanges.insert("admission", at: 0) }
        if quality?.adapts == true { exchanges.insert("sums of counts", at: 0) }
        return exchanges + ["sums of gradients"]
    }
}

extension Host {
    /// Of a run without sockets.
    init(_ facts: (cores: Int, memory: Int, kernel: String), learns: Bool) {
        self.init(
            cores: facts.cores,
            memory: facts.memory,
            kernel: facts.kernel,
            loopbackBytesPerSecond: 0,
            products: learns ? ProductKernels.name : nil
        )
    }

    init(_ capacity: HostCapacity, learns: Bool) {
        self.init(
            cores: capacity.cores,
            memory: capacity.memory,
            kernel: capacity.kernel,
            loopbackBytesPerSecond: capacity.loopbackBytesPerSecond,
            products: learns ? ProductKernels.name : nil
        )
    }
}
