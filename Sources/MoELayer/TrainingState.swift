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
