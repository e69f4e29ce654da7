// What placing the experts of successive layers would save, where a model has several.

/// Tokens that change place between one MoE layer and the next, if they went straight from expert to
/// expert: shares of all (token, layer) transitions in the second half of the held-out text.
///
/// Source: ExFlow, arXiv 2401.08383. In the emulated exchanges a token returns to its own NPU after each
/// layer; this is what an engine that does not return it would see.
public struct PlacementGain: Codable, Sendable, Equatable {
    /// Shares of transitions.
    public struct Crossings: Codable, Sendable, Equatable {
        /// To another NPU.
        public var npu: Double
        /// To another node.
        public var node: Double

        public init(npu: Double, node: Double) {
            (self.npu, self.node) = (npu, node)
        }
    }

    /// How many transitions were counted.
    public var transitions: Int
    /// With experts dealt out in turn, as runs have them.
    public var inTurn: Crossings
    /// With those that the first half of the text calls for.
    public var exflow: Crossings

    public init(transitions: Int, inTurn: Crossings, exflow: Crossings) {
        (self.transitions, self.inTurn, self.exflow) = (transitions, inTurn, exflow)
    }
}
