import ArgumentParser
import ClusterModel
import Configuration

/// Traffic in from a router written elsewhere, and out for other programs.
struct TraceOptions: ParsableArguments {
    @Option(
        help: """
            Replay assignments as a router named trace: the CSV of route --out, or JSONL with step, \
            layer, rank, num_tokens, topk, top_indices. Nothing is learned beside it.
            """
    )
    var trace: String?
    @Option(
        help: """
            Write what was routed as JSONL for --trace; with several routers a file for each, its \
            name before the suffix.
            """
    )
    var exportTrace: String?
    @Option(help: "Write the bytes from rank to rank, a file for each router, step and exchange.")
    var exportMatrix: String?

    /// The trace's key, where `routers` of the command line name it; a plan with one and without
    /// the other would be refused.
    ///
    /// Routers do not learn beside a trace: its tokens are those of the store, or none.
    func overrides(routers: String?) -> [Override] {
        guard let trace else { return [] }
        let option = "--trace \(trace)"
        let unlearned = Override(option: option, sets: "workload.corpus", to: "\"\"")
        guard routers?.split(separator: ",").contains("trace") == true else { return [unlearned] }
        let path = PlanOptions.absolute(trace)
        return [unlearned, Override(option: option, sets: "routing.trace", to: path)]
    }

    /// A text beside the trace is not read.
    func warnOfUnread(_ plan: PlanOptions, _ console: Console) {
        guard trace != nil,
            let set = plan.set.first(where: {
                $0.hasPrefix("workload.corpus=") && !["\"\"", ""].contains($0.dropFirst(16))
            })
        else { return }
        console.warning("--set \(set) is not used: beside --trace nothing is learned")
    }

    /// Of a run that goes on, the steps that are there already would be missing.
    func check(resume: String?) throws {
        guard resume != nil, exportTrace != nil || exportMatrix != nil else { return }
        throw ValidationError("--resume with an export: steps that are there are not played again")
    }

    /// Plays the trace beside the plan's routers; an option's path is meant from the current
    /// folder, a key's from the configuration's.
    func apply(to plan: inout ClusterPlan) {
        guard let trace else { return }
        plan.routing.trace = PlanOptions.absolute(trace)
        if !plan.routing.routers.contains(.trace) { plan.routing.routers.append(.trace) }
    }
}
