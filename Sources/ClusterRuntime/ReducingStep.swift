// Steps that are an all-reduce of something: what travels is the reduction's business alone.

import ClusterModel
import Exchange

/// A step whose bytes are those of one all-reduce.
protocol ReducingStep: StepWork {
    associatedtype Value: BitwiseCopyable
    var reduction: Reduction<Value> { get }
}

extension ReducingStep {
    func counts(for peer: Rank) -> [UInt8] { reduction.announcement }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        try reduction.check(counts, from: peer)
    }

    func ready() {}

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) { reduction.messageBytes }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        reduction.outgoing(exchange: exchange, to: rank)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        reduction.incoming(exchange: exchange, from: rank)
    }

    func stageEnded(_ role: StageRole) { reduction.stageEnded(role) }
}
