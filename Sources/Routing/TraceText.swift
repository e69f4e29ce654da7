/// A traced batch as a line of JSON: the fields of a Megatron routing trace, `step`, `layer`,
/// `rank`, `num_tokens`, `topk`, `top_indices`, and two of ours, `capacity` and `kept`, without
/// which drops and padding could not be replayed.
public enum TraceText {
    /// One line, without a line end.
    ///
    /// - Parameters:
    ///   - batch: what was decided.
    ///   - step: counted from 0.
    ///   - layer: counted from 0.
    ///   - rank: the source rank.
    /// - Returns: a JSON object; rows of `top_indices` are as long as their token's choices.
    public static func line(
        _ batch: RoutingTrace.Batch,
        step: Int,
        layer: Int,
        rank: Int
    ) -> String {
        let choices = batch.choices
        let experts = choices.map { row in
            "[" + row.map { "\($0.expert)" }.joined(separator: ",") + "]"
        }
        let kept = choices.map { row in
            "[" + row.map { $0.isKept ? "1" : "0" }.joined(separator: ",") + "]"
        }
        let topK = choices.map(\.count).max() ?? 0
        return "{\"step\":\(step),\"layer\":\(layer),\"rank\":\(rank),"
            + "\"num_tokens\":\(choices.count),\"topk\":\(topK),"
            + "\"top_indices\":[\(experts.joined(separator: ","))],"
            + "\"capacity\":\(batch.capacity),\"kept\":[\(kept.joined(separator: ","))]}"
    }
}
