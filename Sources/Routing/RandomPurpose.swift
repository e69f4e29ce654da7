import ClusterModel

/// What a stream of random numbers is for: purposes of one seed never share a stream.
enum RandomPurpose: UInt64 {
    case denseGate = 1
    case hashOrder
    case hashExperts
    case hashUnknown
    case batchOrder
    case batchOffsets
    case secondExpert
    case groupExperts
    case allocator
    case routerProjection
    case routerRecurrence
    case placementStarts
    case choices
}

extension SeededRandom {
    init(_ seed: UInt64, _ purpose: RandomPurpose) {
        self.init(seed: seed, 0x524F_5554, purpose.rawValue)
    }

    init(_ seed: UInt64, _ purpose: RandomPurpose, _ a: UInt64, _ b: UInt64 = 0) {
        self.init(seed: seed, 0x524F_5554, purpose.rawValue, a, b)
    }
}
