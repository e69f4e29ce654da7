// How routers learn, on its way to a worker, with the ranges that a configuration has. When to look
// at held-out text and when to keep checkpoints stays with the coordinator.

import CProtobufC
import CWire
import ClusterModel

extension TrainingPlan {
    func fill(_ raw: inout Wire__Training, _ arena: PackingArena) {
        unsafe raw.corpus = unsafe arena.string(corpus ?? "")
        unsafe raw.optimizer = unsafe arena.string(optimizer.rawValue)
        unsafe raw.learning_rate = learningRate
        unsafe raw.mu = locality
        unsafe raw.alpha = auxiliary
        unsafe raw.smoothing = smoothing
        unsafe raw.softmax_scale = softmaxScale
        unsafe raw.wire = unsafe arena.string(wire.rawValue)
        unsafe raw.all_reduce = unsafe arena.string(allReduce.rawValue)
        unsafe raw.warm_start = UInt32(warmStart)
    }

    init(_ raw: Wire__Training?) throws(ControlError) {
        guard let raw = unsafe raw else { throw .invalid("a plan without training") }
        // No comparison takes a NaN.
        guard unsafe (1e-6...10).contains(raw.learning_rate), unsafe (0...1000).contains(raw.mu),
            unsafe (0...1000).contains(raw.alpha), unsafe raw.smoothing > 0,
            unsafe raw.smoothing <= 1, unsafe (0.01...10_000).contains(raw.softmax_scale)
        else { throw .invalid("a training without a rate or with losses out of range") }
        let corpus = unsafe text(raw.corpus)
        unsafe self.init(
            corpus: corpus.isEmpty ? nil : corpus,
            optimizer: try named("optimizer", raw.optimizer),
            learningRate: raw.learning_rate,
            locality: raw.mu,
            auxiliary: raw.alpha,
            smoothing: raw.smoothing,
            softmaxScale: raw.softmax_scale,
            wire: try named("wire", raw.wire),
            allReduce: try named("all_reduce", raw.all_reduce),
            warmStart: Int(raw.warm_start)
        )
    }
}
