/// Stops the process when something that cannot happen has happened.
///
/// Unlike `precondition`, the message survives a release build, and unlike `assert` so does the
/// check.
@inlinable
public func invariant(
    _ condition: @autoclosure () -> Bool,
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    guard _fastPath(condition()) else { fatalError(message(), file: file, line: line) }
}
