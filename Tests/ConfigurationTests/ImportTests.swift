// Cluster files of other tools: small ones written here, good and bad.

import ClusterModel
import Configuration
import Testing

private func rankTable(_ ranks: [[Int]], version: String = "1.0", count: Int? = nil) -> String {
    let servers = ranks.enumerated().map { index, ranks in
        let devices = ranks.enumerated().map { place, rank in
            "{\"device_id\": \"\(place)\", \"device_ip\": \"10.1.\(index).\(place)\", "
                + "\"rank_id\": \"\(rank)\"}"
        }
        return "{\"server_id\": \"10.0.0.\(index)\", \"device\": [\n"
            + devices.joined(separator: ",\n") + "]}"
    }
    return "{\"version\": \"\(version)\", \"status\": \"completed\",\n"
        + "\"server_count\": \"\(count ?? ranks.count)\",\n"
        + "\"server_list\": [\n" + servers.joined(separator: ",\n") + "]}"
}

private let topology = """
    meta:
      podNum: 2
      serNum: 4
      rankNum: 8
    topology:
      - podId: 0
        servers:
          - serId: 0
            ranks: [0, 1]
          - serId: 1
            ranks: [0, 1]
      - podId: 1
        servers:
          - serId: 0
            ranks: [0, 1]
          - serId: 1
            ranks: [0, 1]
    """

private func imported(_ text: String) throws -> ImportedCluster {
    try ImportedCluster.read(text, file: "cluster.json")
}

private func refusal(_ text: String) -> String {
    do {
        return "\(try ImportedCluster.read(text, file: "f"))"
    } catch {
        return "\(error)"
    }
}

@Suite struct `Imported clusters` {
    @Test(arguments: ["1.0", "1.2"])
    func `have the servers and NPUs of a ranktable`(version: String) throws {
        let cluster = try imported(rankTable([[0, 1, 2], [3, 4, 5]], version: version))
        #expect(cluster.nodes == 2 && cluster.npusPerNode == 3)
        let text = try cluster.planText(preset: .ascend910A, file: "a/ranks.json")
        #expect(
            text == """
                # Imported from ranks.json, a ranktable.

                [cluster]
                preset = "910a"
                nodes = 2
                npus_per_node = 3

                """
        )
        #expect(try read(text).get().world == 6)
    }

    @Test func `have the servers and NPUs of a topology`() throws {
        let cluster = try imported(topology)
        #expect(cluster.nodes == 4 && cluster.npusPerNode == 2 && cluster.podNodes == 2)
        let plane = try read(cluster.planText(preset: .cloudMatrix384, file: "t.yaml")).get()
        #expect(plane.links.planeNodes == 2)
        let server = try read(cluster.planText(preset: .ascend910B3, file: "t.yaml")).get()
        #expect(server.links.planeNodes == 1)
    }

    /// Each level stands nine times in the next: what the last one stands for fits into no memory.
    @Test(arguments: ["", "x: foo \"bar\n", "# it's\n"])
    func `with aliases are refused before what they stand for has grown`(first: String) {
        let bomb = (1...30).reduce(first + "a0: &a0 [x, x]\n") { text, level in
            let parts = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            return text + "a\(level): &a\(level) [\(parts)]\n"
        }
        #expect(refusal(bomb).contains("an alias; expected the value itself"))
        // Of keys the library itself asks whether two are the same.
        #expect(refusal(bomb + "? *a30\n: x\n").contains("an alias; expected the value itself"))
    }

    @Test(arguments: [
        "# an *alias\na: b\n", "a: \"b \\\" *c\"\n", "a: 'it''s *x'\n", "a: 2-*3\n", "a: b,*c\n",
        "a: &b c\nd: '*e'\n", "a: |\n  * one\n  * two\n", "{a: {b: [], c: }}\n",
    ])
    func `with stars that are no aliases are read`(text: String) {
        #expect(refusal(text).contains("neither server_list nor topology"))
    }

    @Test func `that no machine of the preset has are refused`() throws {
        let cluster = try imported(rankTable([Array(0..<16)]))
        let error = #expect(throws: ConfigurationProblem.self) {
            try cluster.planText(preset: .ascend910B3, file: "r.json")
        }
        #expect(
            error?.description == "r.json: cluster.npus_per_node: 16 NPUs a node, more than a "
                + "910b3 server has; expected at most 8, or the preset \"custom\""
        )
        #expect(try cluster.planText(preset: .custom, file: "r.json").contains("yours to add"))
    }

    @Test func `with ranks that are not contiguous are refused by name`() {
        #expect(
            refusal(rankTable([[0, 2], [1, 3]])) == "f:6:56: server_list[0].device[1].rank_id: "
                + "rank 2; expected rank 1: ranks count from 0, server by server, in the order "
                + "of the file"
        )
    }

    @Test(arguments: [
        (rankTable([[0, 1], [2]]), "server_list[1]: 1 NPUs; expected 2, as many as the first"),
        (rankTable([[0], [1]], count: 3), "server_count: 3; expected 2, as server_list has"),
        (rankTable([[0]], version: "2.0"), "version: \"2.0\"; expected version \"1.0\" or"),
        ("{\"server_list\": []}", "no version; expected a member version"),
        ("{\"version\": \"1.0\", \"server_list\": []}", "server_list: no list; expected a list"),
        (
            "{\"version\": \"1.0\", \"server_list\": [{\"server_id\": 1}]}",
            "server_list[0]: no device"
        ),
        (
            "{\"version\": \"1.0\", \"server_list\": [{\"device\": [{\"rank_id\": \"x\"}]}]}",
            "rank_id: \"x\"; expected a whole number from 0"
        ),
        ("{\"a\": 1}", "neither server_list nor topology; expected a ranktable of HCCL or"),
        ("", "an empty file; expected a ranktable or a topology"),
        ("{\"a\": [1, }", "neither JSON nor YAML: "),
        (
            "topology:\n  - servers:\n    - ranks: [0, 2]",
            "ranks[1]: rank 2; expected 1: a server's"
        ),
        (
            "topology:\n  - servers:\n    - ranks: [0]\n    - ranks: [0, 1]",
            "f:4:14: topology[0].servers[1].ranks: 2 NPUs; expected 1"
        ),
        (
            "meta: {rankNum: 9}\ntopology:\n  - servers:\n    - ranks: [0]",
            "f:1:17: meta.rankNum: 9; expected 1, as topology has"
        ),
    ])
    func `that are not as expected are refused with file, place and expectation`(
        text: String,
        says: String
    ) {
        #expect(refusal(text).hasPrefix("f:"))
        #expect(refusal(text).contains(says), "\(refusal(text))")
    }

    @Test(arguments: UInt64(0)..<50)
    func `with a byte changed are refused or read, never a crash`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for source in [rankTable([[0, 1], [2, 3]]), topology] {
            var bytes = Array(source.utf8)
            bytes[random.next(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            #expect(!refusal(String(decoding: bytes, as: UTF8.self)).isEmpty)
        }
    }
}
