import Routing

/// Reads assignments that a router elsewhere has made.
///
/// Two forms, told apart by the first character. JSONL: an object a line, as Megatron writes its
/// routing traces (`step`, `layer`, `rank`, `num_tokens`, `topk`, `top_indices`), of which the
/// lowest layer is taken; `capacity` and `kept` are read as `--export-trace` writes them. CSV: what
/// `moecluster route --out` writes; its tokens are dealt to ranks and steps in order, a rank's
/// batch at a time, and a last part that fills no step is left out, unless it is all there is:
/// then the ranks start over.
public enum TraceFile {
    /// What a trace has to fit.
    public struct Plan: Sendable {
        public var world: Int
        /// Ranks that bring tokens of their own.
        public var sources: [Int]
        /// The most tokens of a rank in a step.
        public var tokens: Int
        public var experts: Int

        public init(world: Int, sources: [Int], tokens: Int, experts: Int) {
            self.world = world
            self.sources = sources
            self.tokens = tokens
            self.experts = experts
        }
    }

    /// The trace in a file.
    ///
    /// - Throws: the file, the line, what was seen and what was expected.
    public static func read(
        _ path: String,
        fitting plan: Plan
    ) throws(TokenDataError) -> RoutingTrace {
        let file = try MappedFile(path)
        do throws(TraceProblem) {
            return try parse(String(decoding: file.bytes, as: UTF8.self), fitting: plan)
        } catch {
            throw TokenDataError(file: path, problem: "\(error)")
        }
    }

    static func parse(_ text: String, fitting plan: Plan) throws(TraceProblem) -> RoutingTrace {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated().map { TraceLine(number: $0 + 1, text: Substring($1)) }
            .filter { !$0.isBlank }
        guard let first = lines.first else {
            throw TraceProblem(line: 1, seen: "nothing", expected: "assignments, CSV or JSONL")
        }
        return first.text.hasPrefix("{")
            ? try TraceRecords.trace(lines, plan)
            : try AssignmentRows.trace(lines, plan)
    }
}

/// A line that cannot be used.
struct TraceProblem: Error, CustomStringConvertible {
    var line: Int
    var seen: String
    var expected: String

    var description: String { "line \(line): \(seen), expected \(expected)" }
}

/// A line of a file and its number, from 1.
struct TraceLine {
    var number: Int
    var text: Substring

    init(number: Int, text: Substring) {
        self.number = number
        self.text = text
    }

    var isBlank: Bool { text.allSatisfy { $0 == " " || $0 == "\t" } }

    func problem(_ seen: String, _ expected: String) -> TraceProblem {
        TraceProblem(line: number, seen: seen, expected: expected)
    }
}
