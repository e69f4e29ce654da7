/// A training whose loss is no number any more.
public struct TrainingDivergence: Error, Sendable, CustomStringConvertible {
    /// Whose training it is.
    public var run: String
    public var step: Int

    public init(run: String, step: Int) {
        self.run = run
        self.step = step
    }

    public var description: String {
        "\(run): the loss of step \(step) is not finite, expected one that falls; try a lower "
            + "--learning-rate of train, or training.learning_rate"
    }
}
