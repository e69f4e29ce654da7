// One bad configuration in full: every problem at once, in the order of the lines, and the lines
// right in spite of comments, strings over several lines and keys in quotes.

import Configuration
import Testing

@Suite struct WholeReports {
    @Test func `all problems come at once`() {
        let lines = report(badConfiguration, set: ["cluster.nods=3", "workload.steps=0"])
        #expect(lines.joined(separator: "\n") == expectedReport)
    }

    @Test(arguments: [
        "\u{FEFF}[model]\r\nhiden = 1\r\n", "  [ model ] # c\n\t hiden =1", "\nmodel.hiden=1",
    ])
    func `lines are found however the text is laid out`(text: String) throws {
        let line = try #require(report(text).first)
        #expect(line.hasPrefix("cluster.toml:2: model.hiden: unknown key"))
    }

    @Test func `a problem keeps its parts`() throws {
        let error = #expect(throws: ConfigurationProblems.self) {
            try PlanReader.plan(from: "[model]\nhiden = 1", file: "a/b.toml")
        }
        let problem = try #require(error?.problems.first)
        #expect(problem.place == .file("a/b.toml", line: 2, column: nil))
        #expect(problem.key == "model.hiden")
        #expect(problem.seen == "unknown key")
        #expect(problem.suggestion == "\"hidden\"")
        #expect(error?.description == problem.description)
    }
}

private let badConfiguration = """
    # A "quoted # [comment]"
    [cluster]
    preset = "910c"
    nodes = 3          # fine
    "dilation" = 'none'

    [links]
    hccs.bandwidth = "56 Gbps"
    roce = { bandwidth = 25, latency = "10 us" }

    [parallel]
    ep = 5

    [model]
    hidden = 4_096
    ffn = [
        1, # ]
        2,
    ]
    dtype = \"\"\"
    bf16 = "\\\"\"\"
    x\"\"\"
    "odd.key" = 1

    [workload]
    corpus = 4

    [routing]
    routers = ["switch", "lomoe+"]
    top_k = 20
    capacity_scope = "all"

    [[faults]]
    at = "step 5"
    kind = "kill"

    [report]
    colour = true
    """

private let expectedReport = """
    cluster.toml:3: cluster.preset: "910c" is unknown; expected one of "910a", "910b3", \
    "cloudmatrix384", "custom"; did you mean "910a"?
    cluster.toml:5: cluster.dilation: "none" is a string; expected "auto" or a number from 1 \
    to 1000000000
    cluster.toml:8: links.hccs.bandwidth: "Gbps" is no unit (B/s, KB/s, MB/s, GB/s, TB/s, \
    KiB/s, MiB/s, GiB/s, TiB/s, bit/s, Kbit/s, Mbit/s, Gbit/s, Tbit/s); expected a rate with \
    its unit from 1 KB/s to 100 TB/s, like "28 GB/s"; did you mean "Gbit/s"?
    cluster.toml:9: links.roce.bandwidth: 25 has no unit (B/s, KB/s, MB/s, GB/s, TB/s, \
    KiB/s, MiB/s, GiB/s, TiB/s, bit/s, Kbit/s, Mbit/s, Gbit/s, Tbit/s); expected a rate with \
    its unit from 1 KB/s to 100 TB/s, like "200 Gbit/s"
    cluster.toml:16: model.ffn: [1, 2] is a list; expected a whole number from 1 to 1048576
    cluster.toml:20: model.dtype: "bf16 = \\"\\"\\"\\"\\nx" is unknown; expected one of \
    "bf16", "fp16", "fp32"
    cluster.toml:23: model."odd.key": unknown key; expected one of hidden, ffn, experts, \
    layers, dtype, utilisation, peak
    cluster.toml:26: workload.corpus: 4 is a whole number; expected a folder with ids.npy, or \
    "" to train nothing
    cluster.toml:29: routing.routers: "lomoe+" is unknown; expected a list of one or more of \
    "switch", "hash", "locmoe", "locmoe+", "gshard", "expert-choice", "tcr", "ecr", "rre", \
    "smile", "ada-k", "rmoe", "pre-gated"; did you mean "locmoe+"?
    cluster.toml:30: routing.top_k: a token cannot choose 20 of 16 experts; expected top_k \
    to be at most the number of experts
    cluster.toml:31: routing.capacity_scope: "all" is unknown; expected one of "source", "global"
    cluster.toml:33: faults: no target; expected npu, or target = "random"
    cluster.toml:37: report: unknown section; expected one of cluster, links.hccs, \
    links.pcie, links.roce, links.uplink, parallel, model, workload, routing, exchange, \
    training, recovery
    --set cluster.nods=3: cluster.nods: unknown key; expected one of preset, nodes, \
    npus_per_node, dilation; did you mean "nodes"?
    --set workload.steps=0: workload.steps: 0 is out of range; expected a whole number from \
    1 to 1000000
    """
