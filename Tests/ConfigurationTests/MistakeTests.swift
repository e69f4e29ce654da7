// A mistake in a key or a value, and the line that reports it.

import Testing

@Suite struct Mistakes {
    @Test(arguments: [
        Mistake(
            text: "[cluster]\nnodes = \n",
            says: "cluster.toml:2:9: not TOML: Error while parsing key-value pair: "
                + "expected value, saw '\\n'"
        ),
        Mistake(
            text: "[cluster]\nnodes = 2\nnodes = 3",
            says: "cluster.toml:3:9: not TOML: Error while parsing key-value pair: "
                + "cannot redefine existing integer 'nodes'"
        ),
        Mistake(text: "# a\n\0nodes = 2", says: "cluster.toml:2:1: not TOML: a NUL character"),
        Mistake(
            text: "a = [\n [1],\n]\n[[[",
            says: "cluster.toml:4:1: not TOML: a section header that no name follows"
        ),
        Mistake(
            text: "a = 1\nb = [ {c = 2},\n # }\n }",
            says: "cluster.toml:4:2: not TOML: a list that a brace closes"
        ),
        Mistake(
            text: "nodes = \n[\nb = 1",
            says: "cluster.toml:1:9: not TOML: Error while parsing key-value pair: "
                + "expected value, saw '\\n'"
        ),
    ])
    func `a syntax error has its line and column`(_ mistake: Mistake) {
        #expect(report(mistake.text) == [mistake.says])
    }

    /// The library would stop the process at the second half of them.
    @Test(arguments: [
        "[", "[[", "[]", "[ [a]]", "[a", "[\n", "[=]", "[.a]", "[[[a]]]", "[[ [a", "[ \t#",
        "[\u{e9}]",
        "[[\r\n",
    ])
    func `a section header that is none is a syntax error`(header: String) {
        let found = report("[cluster]\nnodes = 2\n" + header)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("cluster.toml:3:") == true)
        #expect(found.first?.contains("not TOML") == true)
    }

    @Test func `a syntax error is not joined by complaints about what it hides`() {
        let text = "[cluster]\npreset = \"custom\"\nnodes = = 2"
        #expect(report(text, set: ["cluster.preset=custom"]).count == 1)
    }

    @Test(arguments: [
        Mistake(
            text: "[clutser]\nnodes = 2",
            says:
                "clutser: unknown section; expected one of cluster, links.hccs, links.pcie, "
                + "links.roce, links.uplink, "
                + "parallel, model, workload, routing, exchange, training, recovery; did you mean [cluster]?"
        ),
        Mistake(
            text: "[telemetry]\nport = 2",
            says:
                "telemetry: unknown section; expected one of cluster, links.hccs, links.pcie, "
                + "links.roce, links.uplink, "
                + "parallel, model, workload, routing, exchange, training, recovery"
        ),
        Mistake(
            text: "[links.hcs]\nlatency = \"3 us\"",
            says:
                "links.hcs: unknown section; expected one of cluster, links.hccs, links.pcie, "
                + "links.roce, links.uplink, "
                + "parallel, model, workload, routing, exchange, training, recovery; did you mean [links.hccs]?"
        ),
        Mistake(
            text: "links = 3",
            says: "links: 3 is a whole number; expected a section of keys"
        ),
    ])
    func `an unknown section names the sections`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:1: " + mistake.says])
    }

    @Test(arguments: [
        Mistake(
            text: "[model]\nhiden = 4096",
            says: "model.hiden: unknown key; expected one of hidden, ffn, experts, layers, dtype, "
                + "utilisation, peak; did you mean \"hidden\"?"
        ),
        Mistake(
            text: "[cluster]\nnpus-per-node = 4",
            says: "cluster.npus-per-node: unknown key; expected one of preset, nodes, "
                + "npus_per_node, dilation; did you mean \"npus_per_node\"?"
        ),
        Mistake(
            text: "[exchange]\nlyaout = \"exact\"",
            says:
                "exchange.lyaout: unknown key; expected one of algorithm, layout, chunk, pipeline; "
                + "did you mean \"layout\"?"
        ),
        Mistake(
            text: "[model]\nseed = 3",
            says: "model.seed: unknown key; expected one of hidden, ffn, experts, layers, dtype, "
                + "utilisation, peak; did you mean \"workload.seed\"?"
        ),
        Mistake(
            text: "[links]\nbandwidth = \"1 GB/s\"",
            says: "links.bandwidth: unknown key; expected a key of cluster, links.hccs, "
                + "links.pcie, links.roce, links.uplink, parallel, model, workload, routing, "
                + "exchange, training, recovery; did you mean "
                + "\"links.hccs.bandwidth\" or \"links.pcie.bandwidth\" or "
                + "\"links.roce.bandwidth\"?"
        ),
        Mistake(
            text: "[model]\nzeal = 3",
            says: "model.zeal: unknown key; expected one of hidden, ffn, experts, layers, dtype, "
                + "utilisation, peak"
        ),
    ])
    func `a misspelt key names the nearest`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:2: " + mistake.says])
    }

    @Test func `a key outside of any section is told where it belongs`() {
        let lines = report("nodes = 2")
        #expect(lines.count == 1)
        #expect(lines[0].hasSuffix("did you mean \"cluster.nodes\"?"))
    }

    @Test(arguments: [
        Mistake(
            text: "[cluster]\nnodes = \"2\"",
            says: "cluster.nodes: \"2\" is a string; expected a whole number from 1 to 4096"
        ),
        Mistake(
            text: "[cluster]\nnodes = 2.0",
            says: "cluster.nodes: 2.0 is a number with a fraction; "
                + "expected a whole number from 1 to 4096"
        ),
        Mistake(
            text: "[cluster]\nnodes = { count = 2 }",
            says: "cluster.nodes: {count = 2} is a section; "
                + "expected a whole number from 1 to 4096"
        ),
        Mistake(
            text: "[workload]\nsteps = true",
            says: "workload.steps: true is a boolean; expected a whole number from 1 to 1000000"
        ),
        Mistake(
            text: "[workload]\ntokens = 2026-01-01",
            says: "workload.tokens: 2026-01-01 is a date; "
                + "expected a folder with features.npy, token_ids.npy and domains.npy"
        ),
        Mistake(
            text: "[cluster]\ndilation = \"fast\"",
            says: "cluster.dilation: \"fast\" is a string; "
                + "expected \"auto\" or a number from 1 to 1000000000"
        ),
        Mistake(
            text: "[routing]\nrouters = \"hash\"",
            says: "routing.routers: \"hash\" is a string; "
                + "expected a list of one or more of \(routerNames)"
        ),
    ])
    func `a value of the wrong type is shown beside the right one`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:2: " + mistake.says])
    }

    @Test(arguments: [
        Mistake(
            text: "[cluster]\nnodes = 0",
            says: "cluster.nodes: 0 is out of range; expected a whole number from 1 to 4096"
        ),
        Mistake(
            text: "[cluster]\ndilation = 0.5",
            says: "cluster.dilation: 0.5 is out of range; "
                + "expected \"auto\" or a number from 1 to 1000000000"
        ),
        Mistake(
            text: "[model]\nutilisation = 0",
            says: "model.utilisation: 0 is out of range; expected a number above 0, at most 1"
        ),
        Mistake(
            text: "[routing]\ncapacity_factor = nan",
            says: "routing.capacity_factor: nan is out of range; "
                + "expected a number from 0.01 to 1000"
        ),
        Mistake(
            text: "[workload]\nseed = -1",
            says: "workload.seed: -1 is out of range; "
                + "expected a whole number from 0 to 9223372036854775807"
        ),
        Mistake(
            text: "[exchange]\nchunk = \"2 MiB\"",
            says: "exchange.chunk: \"2 MiB\" is out of range; "
                + "expected a size with its unit from 4 KiB to 1 MiB, like \"64 KiB\""
        ),
        Mistake(
            text: "[links.hccs]\nlatency = \"-3 us\"",
            says: "links.hccs.latency: \"-3 us\" is out of range; "
                + "expected a time with its unit from 0 us to 10 s, like \"3 us\""
        ),
    ])
    func `a value out of range is told the range`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:2: " + mistake.says])
    }
}
