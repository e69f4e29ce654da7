/// What stands beside the routers of a comparison that trains: the same model with one
/// feed-forward network for every token ("dense"), or with none ("none").
public struct ControlResults: Codable, Sendable, Equatable {
    public var name: String
    public var quality: Quality
    /// p50 of the emulated step time; nil where controls are not on the clock.
    public var stepTimeUs: Double?

    public init(name: String, quality: Quality, stepTimeUs: Double? = nil) {
        self.name = name
        self.quality = quality
        self.stepTimeUs = stepTimeUs
    }
}
