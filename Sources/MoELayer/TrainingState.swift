import ClusterModel
import Routing

/// Everything that training changes: parameters, optimizers, the step.
public struct TrainingState: Hashable, Sendable {
    public var model: DenseModel
    /// A bank for each rank.
    public var banks: [ExpertBank]
    public var modelOptimizer: Optimizer
    public var bankOptimizers: [Optimizer]
    /// LocMoE+'s machine in each layer, where it adapts; else none.
    public var modes: [AdaptiveMode]
    /// Steps done; with the seed, the place in the data.
    public var step = 0

    /// Untrained, from a seed.
    public init(
        _ shape: ModelDimensions,
        layout: RankLayout,
        optimizer: Optimizer.Kind,
        seed: UInt64,
        modes: [AdaptiveMode] = []
    ) {
        model = DenseModel(shape, seed: seed)
        banks = layout.ranks.map {
            ExpertBank(shape, experts: layout.localExperts(of: $0), seed: seed)
        }
        self.modes = modes
        modelOptimizer = Optimizer(optimizer, count: model.parameterCount)
        bankOptimizers = banks.map { Optimizer(optimizer, count: $0.parameterCount) }
    }

    // MARK: Placement

    /// The experts that a rank computes, and their optimizer.
    ///
    /// A state keeps every expert where it lives as long as all ranks are there, whoever computes
    /// it meanwhile.
    func experts(on rank: Rank, _ placement: ExpertPlacement) -> (ExpertBank, Optimizer) {
        guard !placement.excluded.isEmpty else {
            return (banks[rank.index], bankOptimizers[rank.index])
        }
        let own = Self.bank(on: rank, placement, of: banks)
        var optimizer = Optimizer(bankOptimizers[rank.index].kind, count: own.parameterCount)
        let moments = optimizer.state.indices.map { index in
            // Moments have the shape of what they belong to.
            let all = zip(banks, bankOptimizers).map { bank, optimizer in
                var moments = bank
                moments.assign(optimizer.state[index])
                return moments
            }
            return Self.bank(on: rank, placement, of: all).flattened
        }
        optimizer.restore(moments, steps: step)
        return (own, optimizer)
    }

    /// Parameters of the experts that a rank computes.
    public func bank(on rank: Rank, _ placement: ExpertPlacement) -> ExpertBank {
        placement.excluded.isEmpty
            ? banks[rank.index] : Self.bank(on: rank, placement, of: banks)
    }

    private static func bank(
        on rank: Rank,
        _ placement: ExpertPlacement,
        of banks: [ExpertBank]
    ) -> ExpertBank {
        let layout = placement.layout
        return ExpertBank(placement.experts(on: rank), from: banks) { expert in
            let usual = layout.home(of: ExpertIndex(expert), for: rank)
            return (usual.index, expert - layout.localExperts(of: usual).lowerBound)
        }
    }

    /// The inverse of `bank(on:_:)` for all ranks: what those that take part have computed, in
    /// their order, back to where experts live, [ranks].
    static func gathered(
        _ computed: [ExpertBank],
        _ placement: ExpertPlacement,
        places: [Int]
    ) -> [ExpertBank] {
        guard !placement.excluded.isEmpty else { return computed }
        let layout = placement.layout
        return layout.ranks.map { rank in
            ExpertBank(Array(layout.localExperts(of: rank)), from: computed) { expert in
                let place = places[placement.holder(of: ExpertIndex(expert), for: rank).index]
                return (place, computed[place].experts.firstIndex(of: expert) ?? 0)
            }
        }
    }

    // MARK: Checkpoint

    /// All of it but the step, in a fixed order; whole numbers stay exact up to 2^24.
    var arrays: [[Float]] {
        [model.flattened] + modelOptimizer.state
            + zip(banks, bankOptimizers).flatMap { [$0.flattened] + $1.state }
            + modes.map { $0.state.map(Float.init) }
    }

    /// Takes what `arrays` gave.
    mutating func restore(_ arrays: [[Float]], step: Int) {
        let size = modelOptimizer.state.count + 1
        self.step = step
        model.assign(arrays[0])
        modelOptimizer.restore(Array(arrays[1..<size]), steps: step)
        for i in banks.indices {
            let start = size * (i + 1)
            banks[i].assign(arrays[start])
            bankOptimizers[i].restore(Array(arrays[start + 1..<start + size]), steps: step)
        }
        for (i, array) in zip(modes.indices, arrays[(size * (banks.count + 1))...]) {
            modes[i].restore(array.map { Int($0) })
        }
    }
}
