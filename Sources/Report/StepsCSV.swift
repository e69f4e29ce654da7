// steps.csv: a row for each step and router, as it comes.

/// The columns of steps.csv; each name ends in its unit, counts have none.
public enum StepsCSV {
    /// The first line, without a line end.
    public static let header = CSV.row([
        "step", "router", "is_warmup", "step_time_us", "simulated_us", "alltoall_us",
        "simulated_alltoall_us", "gate_us", "dispatch_us", "expert_us", "combine_us", "wait_us",
        "slowest_rank", "bound_direct_us", "bound_relayed_us", "local_bytes",
        "intra_node_bytes", "inter_node_bytes", "offered_pairs", "routed_pairs",
        "dropped_pairs", "capacity_pairs", "lateness_p99_us", "lateness_max_us", "digest_crc32c",
        "wall_ms", "algorithm", "overlap_share", "sum_us",
        "sum_intra_node_bytes", "sum_inter_node_bytes", "train_loss",
    ])

    /// One step's line, without a line end; numbers in full precision.
    public static func row(_ step: StepRecord) -> String {
        CSV.row(times(step) + counts(step))
    }

    private static func times(_ step: StepRecord) -> [String] {
        let phases = step.phasesUs
        return [
            "\(step.step)", step.router, "\(step.isWarmup)", "\(step.stepTimeUs)",
            "\(step.simulatedUs)", "\(step.alltoallUs)", "\(step.simulatedAlltoallUs)",
            "\(phases.gate)", "\(phases.dispatch)", "\(phases.expert)", "\(phases.combine)",
            "\(phases.wait)", "\(step.slowestRank)", "\(step.boundUs.direct)",
            "\(step.boundUs.relayed)",
        ]
    }

    private static func counts(_ step: StepRecord) -> [String] {
        [
            "\(step.bytes.local)", "\(step.bytes.intraNode)", "\(step.bytes.interNode)",
            "\(step.offered)", "\(step.routed)", "\(step.dropped)", "\(step.capacity)",
            "\(step.latenessP99Us)", "\(step.latenessMaxUs)", step.digest, "\(step.wallMs)",
            step.algorithm ?? "", step.overlap.map { "\($0.overlap)" } ?? "",
            step.phasesUs.sum.map { "\($0)" } ?? "",
            step.sumBytes.map { "\($0.intraNode)" } ?? "",
            step.sumBytes.map { "\($0.interNode)" } ?? "",
            step.trainLoss.map { "\($0)" } ?? "",
        ]
    }
}
