import ClusterModel
import Foundation

/// 256 tokens of 16 features in a folder of its own, of four domains one after the other.
final class SmallTokens {
    static let count = 256
    static let width = 16
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("tokens-\(getpid())-\(UInt64.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
        let all = 0..<Self.count
        var random = SeededRandom(seed: 3)
        let features = (0..<Self.count * Self.width).map { _ in
            (Float(random.next(below: 2001)) / 1000 - 1).bitPattern.littleEndian
        }
        try write("features", "<f4", "(\(Self.count), \(Self.width))", features)
        try write("token_ids", "<u4", "(\(Self.count),)", all.map { UInt32($0 % 97).littleEndian })
        try write("domains", "|u1", "(\(Self.count),)", all.map { UInt8($0 / 64) })
    }

    private func write<Element>(
        _ name: String,
        _ descr: String,
        _ shape: String,
        _ values: [Element]
    ) throws {
        let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }"
        let padding = String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
        var file = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
        file.append(Data((header + padding).utf8))
        values.withUnsafeBytes { file.append(contentsOf: $0) }
        try file.write(to: URL(fileURLWithPath: path).appendingPathComponent(name + ".npy"))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
