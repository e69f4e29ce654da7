/// What is known before a run that will keep it from being believed.
public enum TrustWarning {
    /// Sentences, none where nothing speaks against the run.
    ///
    /// - Parameters:
    ///   - fixed: the plan's own dilation, `nil` where it is found from the host.
    ///   - auto: the dilation that would be found.
    ///   - workers: the plan's NPUs.
    ///   - largest: the most workers that were in time on such a host, and what limits them.
    /// - Returns: each a whole sentence without its end.
    public static func sentences(
        fixed: Double?,
        auto: Double,
        workers: Int,
        largest: (workers: Int, limit: String)
    ) -> [String] {
        var sentences: [String] = []
        if let fixed, fixed < auto {
            sentences.append(
                "a dilation of \(short(fixed)) is below the \(short(auto)) that this host needs: "
                    + "the run will be suspect; take \(short(auto)) or \"auto\""
            )
        }
        if workers > largest.workers {
            sentences.append(
                "\(workers) workers are more than the \(largest.workers) that this host can be "
                    + "trusted with, limited by \(largest.limit): take fewer NPUs, or 'simulate'"
            )
        }
        return sentences
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && value < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
