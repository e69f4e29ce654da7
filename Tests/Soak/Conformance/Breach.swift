/// A rule that did not hold.
public struct Breach: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Stops at a rule that does not hold.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(Breach) {
    guard holds else { throw Breach(what()) }
}
