// Steps are read from the folders of runs, also of runs that kept less of them.

import ClusterModel
import Statistics

extension StepOutcome {
    /// What was written before runs could go on without a rank says nothing of those excluded: none
    /// was.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decode(Int.self, forKey: .step)
        router = try values.decode(Int.self, forKey: .router)
        isWarmup = try values.decode(Bool.self, forKey: .isWarmup)
        excluded = try values.decodeIfPresent([Rank].self, forKey: .excluded) ?? []
        inputs = try values.decode([RankInput].self, forKey: .inputs)
        algorithm = try values.decode(AlgorithmChoice.self, forKey: .algorithm)
        stageEnds = try values.decode([[Instant]].self, forKey: .stageEnds)
        lateness = try values.decode(LatenessHistogram.self, forKey: .lateness)
        rateShareMax = try values.decode(Double.self, forKey: .rateShareMax)
        verification = try values.decode(Verification.self, forKey: .verification)
        digests = try values.decode([UInt32].self, forKey: .digests)
        wallNanoseconds = try values.decode(Int64.self, forKey: .wallNanoseconds)
        skippedNanoseconds = try values.decode(Int64.self, forKey: .skippedNanoseconds)
        cpuBusy = try values.decode(Double.self, forKey: .cpuBusy)
        workerNanoseconds = try values.decode(Int64.self, forKey: .workerNanoseconds)
        segment = try values.decode(StepSegment.self, forKey: .segment)
        learned = try values.decode([RankLearned].self, forKey: .learned)
    }
}
