import ClusterModel
import Testing
import TokenData

@Suite struct `Headers of npy files` {
    private static let plain = "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }"

    private func problem(_ bytes: [UInt8]) -> NumpyError? {
        do {
            _ = try NumpyHeader(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    private func problem(_ dictionary: String) -> NumpyError? {
        problem(NumpyFile.bytes(dictionary))
    }

    @Test(arguments: [1, 2, 3] as [UInt8])
    func `are read in each version`(version: UInt8) throws {
        let header = try NumpyHeader(parsing: NumpyFile.bytes(Self.plain, version: version))
        #expect(header.element == .float16)
        #expect(header.shape == [3, 4])
        #expect(header.dataOffset == (version == 1 ? 10 : 12) + Self.plain.utf8.count)
        #expect(header.fileBytes == header.dataOffset + 24)
    }

    @Test(arguments: [
        "{\"shape\":(7,),'fortran_order':False,'descr':'|u1'}\n",
        "  {'descr':'<i8','shape':(),"
            + "'fortran_order':False,}", "{'descr':'<f4','fortran_order':True,'shape':(5,)}",
    ])
    func `may be spaced and ordered otherwise`(dictionary: String) {
        #expect(problem(dictionary) == nil)
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "{'descr': '<f2'}", plain + "x", plain + plain,
        "{'descr': '<f2', 'descr': '<f2', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        "{'descr': [('a', '<f2')], 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f2', 'fortran_order': 0, 'shape': (3,)}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': 3}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3)}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (-3,)}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3,,)}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4}",
        "{'descr: <f2, 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f2\\n', 'fortran_order': False, 'shape': (3, 4)}",
    ])
    func `with a damaged dictionary are refused`(dictionary: String) {
        guard case .malformed? = problem(dictionary) else {
            Issue.record("\(dictionary): \(String(describing: problem(dictionary)))")
            return
        }
    }

    @Test func `of types and orders not read here say so`() {
        func with(_ descr: String, _ order: String = "False") -> NumpyError? {
            problem("{'descr': '\(descr)', 'fortran_order': \(order), 'shape': (3, 4)}")
        }
        #expect(with(">f2") == .bigEndian(descr: ">f2"))
        for descr in ["<f8", "|O", "f2", "", "<u1", "|f2", "=f4", "<f22"] {
            #expect(with(descr) == .unsupportedType(descr: descr))
        }
        #expect(with("<f2", "True") == .fortranOrder)
    }

    @Test(arguments: [
        "(9223372036854775808,)", "(4611686018427387904, 4)", "(4611686018427387903, 2)",
        "(99999999999999999999999,)",
    ])
    func `whose size overflows are refused`(shape: String) {
        let text = "{'descr': '<f2', 'fortran_order': False, 'shape': \(shape)}"
        #expect(problem(text) == .tooManyElements)
    }

    @Test func `cut short at any byte are refused`() {
        let whole = NumpyFile.bytes(Self.plain)
        for length in 0..<whole.count {
            guard case .tooShort? = problem(Array(whole.prefix(length))) else {
                Issue.record("\(length) bytes: \(String(describing: problem(whole)))")
                continue
            }
        }
    }

    @Test func `of other files, versions and lengths are refused`() {
        #expect(problem(Array("PK\u{3}\u{4} a zip file".utf8)) == .notNumpy)
        var bytes = NumpyFile.bytes(Self.plain, version: 2)
        bytes[6] = 4
        #expect(problem(bytes) == .unknownVersion(major: 4, minor: 0))
        bytes[6] = 2
        bytes[11] = 0xFF
        guard case .headerTooLong? = problem(bytes) else {
            Issue.record("a header of 4 GB was believed")
            return
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `survive random damage`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let whole = NumpyFile.bytes(Self.plain, version: UInt8(1 + random.next(below: 3)))
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...random.next(below: 6) {
                switch random.next(below: 3) {
                case 0: bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256))
                case 1: bytes.remove(at: random.next(below: bytes.count))
                default: bytes.insert(bytes[random.next(below: bytes.count)], at: 8)
                }
            }
            // Whatever it says: it may be a good header still, it must not trap.
            _ = problem(bytes)
        }
    }
}
