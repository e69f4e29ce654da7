import Report

/// What a recorder of learning holds, to go on from.
struct LearnedRecord: Codable {
    var series: [QualityStep]
    var heldOut: [HeldOutPoint]
    var calinskiHarabasz: Double?
    var betweenOverWithin: Double?
    var placement: PlacementGain?
    /// Emulated µs of the steps so far, where there is a clock.
    var elapsed: Double
}
