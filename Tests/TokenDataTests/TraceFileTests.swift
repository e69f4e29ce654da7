import ClusterModel
import Routing
import Testing

@testable import TokenData

@Suite struct `A routing trace` {
    private let plan = TraceFile.Plan(world: 2, sources: [0, 1], tokens: 3, experts: 4)

    private func problem(_ text: String) -> String? {
        do {
            _ = try TraceFile.parse(text, fitting: plan)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func record(
        step: Int = 0,
        layer: Int = 0,
        rank: Int = 0,
        _ rest: String = #""num_tokens":2,"topk":2,"top_indices":[[0,1],[3,2]]"#
    ) -> String {
        #"{"step":\#(step),"layer":\#(layer),"rank":\#(rank),\#(rest)}"#
    }

    @Test func `its lowest layer is taken, in the order of steps`() throws {
        let lines = [
            record(step: 9, layer: 3, rank: 1), record(step: 9, layer: 3),
            record(step: 4, layer: 3), record(step: 4, layer: 3, rank: 1),
            record(step: 4, layer: 5),
        ]
        let trace = try TraceFile.parse(lines.joined(separator: "\r\n") + "\n", fitting: plan)
        #expect(trace.steps.count == 2)
        #expect(trace.steps[0].keys.sorted() == [0, 1])
        #expect(
            trace.steps[1][1]?.choices == [
                [.init(expert: 0), .init(expert: 1)],
                [.init(expert: 3), .init(expert: 2)],
            ]
        )
        #expect(trace.steps[1][1]?.capacity == 1)
    }

    @Test func `flat indices are rows of topk, and other fields are passed over`() throws {
        let rest =
            #""num_tokens": 2, "topk": 2, "top_indices": [0, 1, 3, 2], "note": "a \" b", "#
            + #""p": [0.5, 1e-3], "last": true"#
        let text = record(rest) + "\n" + record(rank: 1, rest)
        let trace = try TraceFile.parse(text, fitting: plan)
        #expect(trace.steps[0][0]?.choices.map { $0.map(\.expert) } == [[0, 1], [3, 2]])
    }

    @Test(arguments: [
        (#"{"step":0"#, "line 1: the line ends, expected '}'"),
        (#"{"step":0,}"#, "line 1: '}' at character 11, expected '\"'"),
        (#"{"step":0} 1"#, "line 1: '1' at character 12, expected the line's end"),
        (#"{"step":0}"#, "line 1: no \"layer\", expected a whole number, 0 or more"),
        (
            #"{"step":-1,"layer":0}"#,
            "line 1: \"step\" is -1, expected a whole number, 0 or more"
        ),
        (
            #"{"step":0.5,"layer":0}"#,
            "line 1: \"step\" is 0.5, expected a whole number, 0 or more"
        ),
    ])
    func `a broken record is shown where it breaks`(text: String, says: String) {
        #expect(problem(text) == says)
    }

    @Test func `a record that does not fit is refused`() {
        let cases = [
            (record(rank: 2), "rank 2, expected 0 to 1, the plan's ranks"),
            (
                record(#""num_tokens":4,"topk":1,"top_indices":[0,0,0,0]"#),
                "num_tokens 4, expected at most 3, workload.tokens_per_npu"
            ),
            (
                record(#""num_tokens":3,"topk":1,"top_indices":[0,0]"#),
                "2 rows of top_indices, expected 3, num_tokens"
            ),
            (
                record(#""num_tokens":1,"topk":1,"top_indices":[[4]]"#),
                "token 0 chooses expert 4, expected 0 to 3, the plan's experts"
            ),
            (
                record(#""num_tokens":1,"topk":2,"top_indices":[[1,1]]"#),
                "token 0 chooses [1, 1], expected at most 2 experts (topk), each once"
            ),
            (
                record(#""num_tokens":1,"topk":1,"top_indices":[[1]],"kept":[[2]]"#),
                "\"kept\" is no match, expected 0 or 1 for each of top_indices"
            ),
            (
                record(#""num_tokens":1,"topk":1,"top_indices":[[1]],"capacity":0"#),
                "expert 1 keeps 1 tokens, expected at most 0, its capacity"
            ),
            (
                record(),
                "step 0 ends without rank 1, expected a record of every rank of the plan that has "
                    + "tokens, 2"
            ),
        ]
        for (text, says) in cases { #expect(problem(text) == "line 1: " + says) }
        #expect(
            problem(record() + "\n\n" + record())
                == "line 3: step 0, layer 0, rank 0 again, expected each once: line 1 has it"
        )
    }

    private let header = "token,expert,score,weight,position,kept,reason\n"

    @Test func `rows are dealt to ranks and steps, what fills no step is left out`() throws {
        // 15 tokens: two steps of two ranks, and a batch over.
        let rows = (0..<15).map {
            "\($0),\($0 % 4),0.5,1,\($0 % 2 - 1),\($0 % 2),"
                + ($0 % 2 == 0 ? "threshold" : "")
        }
        let trace = try TraceFile.parse(header + rows.joined(separator: "\n"), fitting: plan)
        #expect(trace.steps.count == 2)
        #expect(trace.steps[1][0]?.choices.map { $0[0].expert } == [2, 3, 0])
        #expect(trace.steps[1][0]?.choices.map { $0[0].isKept } == [false, true, false])
    }

    @Test func `one batch is every rank's`() throws {
        let text = header + "0,1,1,1,0,1,\n2,1,1,1,1,1,\n"
        let trace = try TraceFile.parse(text, fitting: plan)
        #expect(trace.steps.count == 1)
        #expect(trace.steps[0][0] == trace.steps[0][1])
        // A token without a row chose nobody.
        #expect(trace.steps[0][0]?.choices.map(\.count) == [1, 0, 1])
        #expect(trace.steps[0][0]?.capacity == 2)
    }

    @Test(arguments: [
        ("0,1,1,1,0,1", "line 2: 6 columns, expected 7"),
        ("x,1,1,1,0,1,", "line 2: token \"x\", expected a whole number from 0 below 2^24"),
        ("0,4,1,1,0,1,", "line 2: expert \"4\", expected 0 to 3, the plan's experts"),
        ("0,1,one,1,0,1,", "line 2: score \"one\", expected a number"),
        ("0,1,1,,0,1,", "line 2: weight \"\", expected a number"),
        ("0,1,1,1,-2,1,", "line 2: position \"-2\", expected a slot, or -1"),
        ("0,1,1,1,-1,1,", "line 2: kept \"1\" at position -1, expected 1 at a slot, 0 at -1"),
        (
            "0,1,1,1,-1,0,",
            "line 2: reason \"\" of kept 0, expected none of a pair that is kept, else capacity "
                + "or threshold"
        ),
        ("0,1,1,1,0,1,\n0,1,1,1,0,1,", "line 3: token 0 chooses expert 1 again, expected once"),
        (
            "1,1,1,1,0,1,\n0,1,1,1,0,1,", "line 3: token 0 after 1, expected tokens in order"
        ),
        (
            "0,1,1,1,0,1,",
            "line 2: 1 tokens in all, expected at least 3, workload.tokens_per_npu"
        ),
    ])
    func `a wrong row is named`(rows: String, says: String) {
        #expect(problem(header + rows) == says)
    }

    @Test func `neither form is said`() {
        #expect(problem("") == "line 1: nothing, expected assignments, CSV or JSONL")
        #expect(
            problem("token,expert")
                == "line 1: \"token,expert\", expected "
                + "token,expert,score,weight,position,kept,reason, or JSONL"
        )
    }

    @Test(arguments: UInt64(0)..<4)
    func `no damage stops the process`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let good = [record() + "\n" + record(rank: 1), header + "0,1,1,1,0,1,\n2,1,1,1,1,1,\n"]
        for turn in 0..<500 {
            var bytes = Array(good[turn % 2].utf8)
            for _ in 0...random.next(below: 4) {
                let place = random.next(below: bytes.count)
                switch random.next(below: 3) {
                case 0: bytes[place] = UInt8(random.next(below: 256))
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[random.next(below: bytes.count)], at: place)
                }
            }
            guard
                let trace = try? TraceFile.parse(
                    String(decoding: bytes, as: UTF8.self),
                    fitting: plan
                )
            else { continue }
            #expect(trace.steps.allSatisfy { $0.keys.sorted() == [0, 1] } && !trace.steps.isEmpty)
        }
    }
}
