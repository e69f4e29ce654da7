import Foundation

/// A text of two domains in a folder of its own: 16 sequences of 256 wordpieces each.
final class SmallText {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("text-\(getpid())-\(UInt64.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
        let shape = "(2, \(16 * 256))"
        let header = "{'descr': '<u2', 'fortran_order': False, 'shape': \(shape), }"
        let padding = String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
        var file = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
        file.append(Data((header + padding).utf8))
        for index in 0..<2 * 16 * 256 {
            let id = UInt16((index &* index / 7) % 50)
            withUnsafeBytes(of: id.littleEndian) { file.append(contentsOf: $0) }
        }
        try file.write(to: folder.appendingPathComponent("ids.npy"))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
