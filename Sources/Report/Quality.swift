// Losses of a trained model; absent where nothing was trained.

/// Model quality, once routers are trained.
public struct Quality: Codable, Sendable, Equatable {
    public var trainLoss: Double
    public var heldOutLoss: Double
}
