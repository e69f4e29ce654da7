// Folders and files for one test, gone after it.

import FoundationEssentials
import Testing

/// Runs `body` with a new folder, and removes that folder afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let files = FileManager.default
    let name = "moecluster-test-\(UUID().uuidString)"
    let path = files.temporaryDirectory.appending(path: name).path
    try files.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? files.removeItem(atPath: path) }
    try body(path)
}

/// The text of a file.
func text(at path: String) throws -> String {
    let bytes = try #require(FileManager.default.contents(atPath: path))
    return String(decoding: bytes, as: UTF8.self)
}

/// Makes a file of `text`.
func put(_ text: String, at path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
}
