import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `Memory that learning takes` {
    private func footprint(_ change: (inout TrainingSettings) -> Void = { _ in })
        -> TrainingFootprint
    {
        var settings = Trainings.settings(Trainings.layout(dp: 1, experts: 16))
        settings.tokensPerRank = 512
        change(&settings)
        return TrainingFootprint(settings)
    }

    @Test func `holds every parameter with its gradient and its moments`() {
        var settings = Trainings.settings(Trainings.layout(dp: 2, experts: 16))
        for optimizer in [OptimizerKind.adam, .momentum] {
            settings.optimizer = optimizer
            let state = settings.initialState
            let copies = optimizer == .adam ? 4 : 3
            let dense = state.model.parameterCount
            let banks = state.banks.map(\.parameterCount)
            let footprint = TrainingFootprint(settings)
            #expect(footprint.rank.kept == 4 * copies * (dense + banks[0]))
            #expect(footprint.local.kept == 4 * copies * (dense + banks.reduce(0, +)))
        }
    }

    @Test func `grows with tokens, layers, ranks and pairs`() {
        let usual = footprint()
        #expect(footprint { $0.tokensPerRank *= 2 }.rank.underWay == 2 * usual.rank.underWay)
        #expect(footprint { $0.layers = 4 }.rank.underWay > usual.rank.underWay)
        #expect(footprint { $0.layers = 4 }.rank.kept > usual.rank.kept)
        #expect(footprint { $0.routing.topK = 4 }.rank.underWay > usual.rank.underWay)
        #expect(usual.local.underWay > 4 * usual.rank.underWay)
        #expect(usual.start > usual.rank.kept)
    }

    @Test func `is less where no expert learns`() {
        let dense = footprint { $0.candidate = .denseControl }
        #expect(dense.local.kept < footprint().local.kept)
    }
}
