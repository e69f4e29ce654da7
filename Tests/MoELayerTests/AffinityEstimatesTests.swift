import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `Estimates of affinities, for records` {
    private func settings(
        _ router: RouterName,
        _ relevance: RelevanceClass,
        _ mode: ModeChoice = .ecr
    ) -> TrainingSettings {
        var settings = Trainings.settings(Trainings.layout())
        settings.candidate = .router(router)
        settings.tokensPerRank = 64
        settings.layers = 2
        (settings.routing.relevance, settings.routing.mode) = (relevance, mode)
        return settings
    }

    /// Domains of all ranks, in runs of a sequence.
    private var batches: [SequenceBatch] {
        (0..<4).map { rank in
            var random = SeededRandom(seed: 3, UInt64(rank))
            return SequenceBatch(
                classes: (0..<64).map { _ in random.next(below: 12) },
                domains: (0..<64).map { UInt8(($0 / 8 + rank) % 8) },
                sequenceLength: 8
            )
        }
    }

    private func resonances(_ settings: TrainingSettings) throws -> [Resonance?] {
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies()
        )
        let outcome = training.train(batches)
        let estimates = AffinityEstimates(settings)
        return (0..<3).map { estimates?.resonance(of: outcome, layer: $0) }
    }

    @Test(arguments: RelevanceClass.allCases)
    func `call the same tokens relevant whatever the router and its mode`(
        relevance: RelevanceClass
    ) throws {
        // Their gates and their first batch are the same.
        let reference = try resonances(settings(.locmoePlus, relevance))
        let shares = try #require(reference[0]).truePositive.compactMap { $0 }
        #expect(!shares.isEmpty)
        #expect((Set(shares) == [1]) == (relevance == .choice))
        for (router, mode) in [
            (RouterName.locmoePlus, ModeChoice.adaptive), (.locmoePlus, .tcr), (.locmoe, .ecr),
            (.tcr, .ecr), (.ecr, .ecr),
        ] {
            let other = try resonances(settings(router, relevance, mode))
            #expect(other[0] == reference[0], "\(router) \(mode)")
        }
    }

    @Test func `are there for each layer, and for no other`() throws {
        for relevance in RelevanceClass.allCases {
            let layers = try resonances(settings(.locmoePlus, relevance))
            #expect(layers.map { $0 == nil } == [false, false, true])
            #expect(layers[0] != layers[1])
        }
    }

    @Test func `are those of routers by affinities only`() throws {
        for router in [RouterName.switch, .hash, .smile] {
            #expect(AffinityEstimates(settings(router, .choice)) == nil)
        }
        var control = settings(.locmoePlus, .choice)
        control.candidate = .denseControl
        #expect(AffinityEstimates(control) == nil)
    }
}
