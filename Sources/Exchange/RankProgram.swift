import ClusterModel

/// What one rank does in one step: stages, each beginning when this rank ended the one before.
///
/// An MoE layer is `wait(gate), exchange(dispatch), wait(expert), exchange(combine)`; a bench is
/// one exchange. No global barrier stands between stages.
public struct RankProgram: Sendable, Equatable {
    public enum Stage: Sendable, Equatable {
        /// A modelled duration.
        case wait(Interval)
        /// Bytes to each rank and from each rank, index = rank; its own entry is ignored.
        case exchange(send: [Int], receive: [Int])
    }

    public let stages: [Stage]

    public init(_ stages: [Stage]) { self.stages = stages }

    /// The program of one MoE layer without pipelining.
    ///
    /// The combine exchange sends back what the dispatch exchange brought.
    public static func layer(
        gate: Interval,
        expert: Interval,
        send: [Int],
        receive: [Int]
    ) -> RankProgram {
        RankProgram([
            .wait(gate), .exchange(send: send, receive: receive),
            .wait(expert), .exchange(send: receive, receive: send),
        ])
    }
}
