import ClusterModel
import Statistics

extension StepOutcome {
    /// The segments of a step as one outcome: counts and times added, the worst of maxima.
    ///
    /// Stages and programs, which nobody asks for any more, are left out.
    public init(joining segments: [StepOutcome]) {
        invariant(!segments.isEmpty, "a step without segments")
        self = segments[0]
        (programs, stageEnds) = ([], [])
        // Sums and candidates travel their own way.
        algorithm = (segments.first { $0.segment.movesTokens } ?? segments[0]).algorithm
        for segment in segments.dropFirst() {
            for rank in inputs.indices { inputs[rank].add(segment.inputs[rank], segment.segment) }
            lateness.merge(segment.lateness)
            rateShareMax = max(rateShareMax, segment.rateShareMax)
            verification += segment.verification
            digests += segment.digests
            wallNanoseconds += segment.wallNanoseconds
            skippedNanoseconds += segment.skippedNanoseconds
            cpuBusy = max(cpuBusy, segment.cpuBusy)
            workerNanoseconds += segment.workerNanoseconds
            if !segment.learned.isEmpty { learned = segment.learned }
        }
    }

    /// Mean cross-entropy over the tokens of all ranks, in nats; nil where nothing is trained.
    public var trainLoss: Double? {
        let tokens = learned.reduce(0) { $0 + $1.tokens }
        guard tokens > 0 else { return nil }
        return learned.reduce(0) { $0 + $1.loss } / Double(tokens)
    }
}

extension RankInput {
    /// Adds what the rank put into a later segment; tokens are those of the way there.
    fileprivate mutating func add(_ other: RankInput, _ segment: StepSegment) {
        for peer in send.indices { send[peer] += other.send[peer] }
        bufferBytes = max(bufferBytes, other.bufferBytes)
        guard case .forward = segment else { return }
        if kept.isEmpty { kept = other.kept.map { _ in 0 } }
        for expert in kept.indices { kept[expert] += other.kept[expert] }
        offered += other.offered
        dropped += other.dropped
        capacity = max(capacity, other.capacity)
    }
}
