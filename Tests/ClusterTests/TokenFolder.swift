import Foundation

/// A few tokens as .npy files: 1,024 of them, 16 features each, eight domains.
enum TokenFolder {
    static let count = 1024
    static let width = 16

    static func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write("features", "<f4", [count, width], features, in: folder)
        try write("token_ids", "<u4", [count], identifiers, in: folder)
        try write(
            "domains",
            "|u1",
            [count],
            Data((0..<count).map { UInt8($0 * 8 / count) }),
            in: folder
        )
    }

    /// Writes one array with a header of NumPy's version 1.0.
    static func write(
        _ name: String,
        _ descr: String,
        _ shape: [Int],
        _ data: Data,
        in folder: URL
    ) throws {
        let extents = shape.map { "\($0), " }.joined()
        let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }"
        let padding = String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
        var file = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
        file.append(Data((header + padding).utf8))
        file.append(data)
        try file.write(to: folder.appendingPathComponent(name + ".npy"))
    }

    private static var features: Data {
        var data = Data()
        for index in 0..<count * width {
            let value = Float((index &* 2_654_435_761) % 2001) / 1000 - 1
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }

    private static var identifiers: Data {
        var data = Data()
        for index in 0..<count {
            withUnsafeBytes(of: UInt32(index % 97).littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }
}
