import ClusterModel
import Testing

@testable import Report

@Suite struct `The plan's values` {
    @Test(arguments: [
        ("\"28 GB/s\"", PlanNode.string("28 GB/s")), ("'raw \\n'", .string("raw \\n")),
        ("\"a\\tb\\u00b5\\\"\"", .string("a\tbµ\"")), ("512", .integer(512)),
        ("-1_000", .integer(-1000)), ("0.4", .number(0.4)), ("1e3", .number(1000)),
        ("true", .boolean(true)),
        ("[1, [2, 3],]", .array([.integer(1), .array([.integer(2), .integer(3)])])),
        ("[\"a\", \"b\"]", .array([.string("a"), .string("b")])), ("[]", .array([])),
    ])
    func `TOML text has a type`(toml: String, expected: PlanNode) {
        #expect(PlanNode(toml: toml) == expected)
    }

    @Test(arguments: ["", "nan5", "\"open", "[1", "1 2", "2026-03-01", "12 ms", "\"\\q\""])
    func `text that is no value is kept as a string`(toml: String) {
        #expect(PlanNode(toml: toml) == .string(toml))
    }

    @Test func `sections nest and come back sorted`() {
        let entries = [
            PlanEntry(section: "links.roce", key: "latency", toml: "\"10 us\""),
            PlanEntry(section: "links", key: "scale", toml: "2"),
            PlanEntry(section: "", key: "title", toml: "\"x\""),
        ]
        var root = PlanNode.object([:])
        for entry in entries {
            let path = entry.section.split(separator: ".").map(String.init) + [entry.key]
            root.insert(PlanNode(toml: entry.toml), at: path[...])
        }
        guard case .object(let children) = root else { return }
        #expect(
            PlanNode.entries(of: children, section: "") == [entries[2], entries[1], entries[0]]
        )
    }
}
