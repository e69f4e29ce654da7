import ClusterModel

/// Which tokens count as relevant to an expert: those of the class that chooses it most.
public enum TokenClasses: Hashable, Sendable {
    /// A token's class is the expert it chose first.
    case choices
    /// It is the token's domain, of so many.
    case domains(Int)

    /// Of the domains of the text, where a configuration asks for them.
    public init(_ relevance: RelevanceClass, domains: Int) {
        self =
            switch relevance {
            case .choice: .choices
            case .domain: .domains(domains)
            }
    }

    /// Of a rank's counts, with so many experts.
    public func shape(experts: Int) -> ResonanceShape {
        switch self {
        case .choices: ResonanceShape(experts: experts, classes: experts, isLabelled: false)
        case .domains(let count):
            ResonanceShape(experts: experts, classes: count, isLabelled: true)
        }
    }

    /// One rank's counts, by the affinities of a fixed gate.
    public func counts(
        of batch: TokenBatch,
        _ gate: GroupedAveragePooling,
        topK: Int
    ) -> ResonanceCounts {
        let affinities = gate.affinities(of: batch)
        guard case .domains(let count) = self else {
            return ResonanceCounts(of: affinities, topK: topK)
        }
        return ResonanceCounts(
            of: affinities,
            topK: topK,
            labels: batch.domains.map(Int.init),
            classes: count
        )
    }
}
