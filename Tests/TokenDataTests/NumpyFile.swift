import Glibc
import TokenData

/// .npy files as bytes, and a folder for them that goes away with the value.
enum NumpyFile {
    static func bytes(_ dictionary: String, version: UInt8 = 1, data: [UInt8] = []) -> [UInt8] {
        let text = Array(dictionary.utf8)
        let width = version == 1 ? 2 : 4
        let length = (0..<width).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
    }

    static func bytes(_ descr: String, _ shape: String, data: [UInt8]) -> [UInt8] {
        bytes(
            "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }   \n",
            data: data
        )
    }

    static func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }
}

/// A folder of a test, removed with its files at the end.
final class Folder {
    let path: String
    private var files: Set<String> = []

    init() {
        var template = Array("moecluster-test-XXXXXX".utf8CString)
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        template = Array((base + "/").utf8CString.dropLast()) + template
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        files.insert(file)
        return file
    }

    /// Three matching files: 3 tokens of width 2.
    func writeTokens(
        features: [UInt8]? = nil,
        ids: [UInt8]? = nil,
        domains: [UInt8]? = nil
    ) {
        let halves: [UInt16] = [0x3C00, 0xC000, 0x3555, 0x0001, 0x7BFF, 0x8000]
        _ = write(
            "features.npy",
            features ?? NumpyFile.bytes("<f2", "(3, 2)", data: NumpyFile.littleEndian(halves))
        )
        _ = write(
            "token_ids.npy",
            ids
                ?? NumpyFile.bytes(
                    "<u2",
                    "(3,)",
                    data: NumpyFile.littleEndian([5, 9, 5] as [UInt16])
                )
        )
        _ = write("domains.npy", domains ?? NumpyFile.bytes("|u1", "(3,)", data: [0, 0, 1]))
    }

    deinit {
        for file in files { unlink(file) }
        rmdir(path)
    }
}
