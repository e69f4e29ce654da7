// Values as JSON text and back, with the names of results.json: `stepTimeUs` is `step_time_us`.

import FoundationEssentials
import Report

/// JSON with snake_case names and sorted keys, so that equal values are equal text.
public enum JSONText {
    /// Pretty-printed text with a line end; an array of numbers stands on one line.
    ///
    /// Numbers that JSON does not know are the strings "inf", "-inf" and "nan": a result is
    /// never lost because one figure could not be computed.
    public static func encode(_ value: some Encodable) -> String {
        let pretty: JSONEncoder.OutputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        return flattenNumberArrays(text(of: value, pretty)) + "\n"
    }

    /// The same on a single line, without a line end: a line of steps.jsonl.
    public static func encodeLine(_ value: some Encodable) -> String {
        text(of: value, [.withoutEscapingSlashes])
    }

    private static func text(
        of value: some Encodable,
        _ formatting: JSONEncoder.OutputFormatting
    ) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union(.sortedKeys)
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            // Our values hold strings, numbers, arrays and objects, and floats have a strategy.
            fatalError("\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    /// Reads a value back; on failure says where in the text it is not as expected.
    public static func decode<Value: Decodable>(
        _ type: Value.Type,
        from text: some StringProtocol
    ) -> Result<Value, JSONMismatch> {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        do {
            return .success(try decoder.decode(type, from: Data(text.utf8)))
        } catch {
            return .failure(JSONMismatch(error))
        }
    }

    /// Joins the lines of every array that holds nothing but numbers.
    private static func flattenNumberArrays(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        let bytes = Array(text.utf8)
        var index = 0
        var isInString = false
        while index < bytes.count {
            let byte = bytes[index]
            if isInString, byte == UInt8(ascii: "\\") {
                result += bytes[index...(index + 1)]
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isInString.toggle() }
            if byte == UInt8(ascii: "["), !isInString, let end = numberArrayEnd(bytes, index) {
                result += oneLine(bytes[index...end])
                index = end + 1
                continue
            }
            result.append(byte)
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func numberArrayEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        for index in (start + 1)..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "]"): return index
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ","), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"),
                UInt8(ascii: " "), UInt8(ascii: "\n"):
                continue
            default: return nil
            }
        }
        return nil
    }

    private static func oneLine(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var line: [UInt8] = []
        for byte in bytes where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\n") {
            line.append(byte)
            if byte == UInt8(ascii: ",") { line.append(UInt8(ascii: " ")) }
        }
        return line
    }
}

/// Why JSON text is not the value that was asked for.
public struct JSONMismatch: Error {
    public let seen: String

    init(_ error: any Error) {
        seen =
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                "no \"\(key.stringValue)\" in \(JSONMismatch.place(context))"
            case DecodingError.typeMismatch(_, let context),
                DecodingError.valueNotFound(_, let context):
                "\(JSONMismatch.place(context)): \(context.debugDescription)"
            case DecodingError.dataCorrupted(let context):
                "\(JSONMismatch.place(context)): not valid JSON (\(context.debugDescription))"
            default: "\(error)"
            }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "the document" : path.joined(separator: ".")
    }
}
