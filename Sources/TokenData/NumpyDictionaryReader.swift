/// Reads the Python dictionary of a .npy header: exactly the three keys NumPy writes, each once.
struct NumpyDictionaryReader {
    struct Fields {
        var descr: String
        var fortranOrder: Bool
        var shape: [Int]
    }

    /// More dimensions than NumPy itself allows (64).
    static let dimensionsMax = 64

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Offsets in errors are those of `bytes`, so a slice of the file names the file's.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    mutating func read() throws(NumpyError) -> Fields {
        var descr: String?
        var fortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil: descr = try string()
            case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw failure("unexpected key '\(key)'")
            }
            if !accept(",") {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.endIndex else { throw failure("text after the dictionary") }
        guard let descr, let fortranOrder, let shape else {
            throw failure("descr, fortran_order or shape missing")
        }
        return Fields(descr: descr, fortranOrder: fortranOrder, shape: shape)
    }

    private mutating func string() throws(NumpyError) -> String {
        skipSpace()
        guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            // A structured type stands here as a list: said in words rather than as a quote.
            throw failure(peek == UInt8(ascii: "[") ? "a structured type" : "no quoted text")
        }
        position += 1
        let start = position
        while let byte = peek, byte != quote {
            guard (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") else {
                throw failure("a character that no header has")
            }
            position += 1
        }
        guard peek == quote else { throw failure("text without an end") }
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func boolean() throws(NumpyError) -> Bool {
        if acceptWord("True") { return true }
        if acceptWord("False") { return false }
        throw failure("neither True nor False")
    }

    /// `()`, `(3,)`, `(3, 4)` or `(3, 4,)`.
    private mutating func tuple() throws(NumpyError) -> [Int] {
        try expect("(")
        var extents: [Int] = []
        while !accept(")") {
            guard extents.count < Self.dimensionsMax else { throw failure("too many dimensions") }
            extents.append(try number())
            if !accept(",") {
                guard extents.count > 1 else { throw failure("a number where a tuple belongs") }
                try expect(")")
                break
            }
        }
        return extents
    }

    private mutating func number() throws(NumpyError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw .tooManyElements }
            value = sum
            position += 1
        }
        guard position > start else { throw failure("no whole number") }
        return value
    }

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x09 { position += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func acceptWord(_ word: StaticString) -> Bool {
        skipSpace()
        let text = word.withUTF8Buffer { Array($0) }
        guard bytes[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(NumpyError) {
        guard accept(character) else { throw failure("no '\(character)'") }
    }

    private func failure(_ what: String) -> NumpyError { .malformed(what: what, offset: position) }
}
