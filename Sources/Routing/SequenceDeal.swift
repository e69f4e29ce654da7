// How the sequences of a pool are dealt: which pass and place a slot comes from, and which
// sequence lies there. Knows no tokens.

import ClusterModel

/// Which pass and which place in it a step's slot is dealt from.
struct Deal {
    /// Sequences of a pass.
    var size: Int
    /// Sequences of a step.
    var perStep: Int

    func card(slot: Int, step: Int) -> (pass: Int, index: Int) {
        if perStep <= size {
            let stepsPerPass = size / perStep
            return (step / stepsPerPass, step % stepsPerPass * perStep + slot)
        }
        let passesPerStep = (perStep + size - 1) / size
        return (step * passesPerStep + slot / size, slot % size)
    }
}

/// The seeded order and offset of each pass over a pool.
struct PassCards {
    var pool: UInt64
    var size: Int
    var seed: UInt64
    private var order: (pass: Int, sequences: [Int]) = (-1, [])
    private let offsets: [Int]

    init(pool: UInt64, size: Int, seed: UInt64) {
        self.pool = pool
        self.size = size
        self.seed = seed
        var random = SeededRandom(seed, .batchOffsets, pool)
        var others = Array(1..<BatchSampler.sequenceLength)
        random.shuffle(&others)
        offsets = [0] + others
    }

    /// The sequence at a place of a pass, and how far behind its start it is cut.
    mutating func draw(_ index: Int, pass: Int) -> (sequence: Int, offset: Int) {
        if order.pass != pass {
            var random = SeededRandom(seed, .batchOrder, pool, UInt64(pass))
            var sequences = Array(0..<size)
            random.shuffle(&sequences)
            order = (pass, sequences)
        }
        return (order.sequences[index], offsets[pass % offsets.count])
    }
}
