// Names that are misspelt, and names that a later version will have.

import ClusterModel
import Configuration
import Testing

@Suite struct Choices {
    @Test(arguments: [
        Mistake(
            text: "[cluster]\npreset = \"910b\"",
            says: "cluster.preset: \"910b\" is unknown; expected one of \"910a\", \"910b3\", "
                + "\"cloudmatrix384\", \"custom\"; did you mean \"910a\"?"
        ),
        Mistake(
            text: "[model]\ndtype = \"BF16\"",
            says: "model.dtype: \"BF16\" is unknown; "
                + "expected one of \"bf16\", \"fp16\", \"fp32\"; did you mean \"bf16\"?"
        ),
        Mistake(
            text: "[routing]\npolicy = \"ignore\"",
            says: "routing.policy: \"ignore\" is unknown; expected one of \"drop\", \"reroute\""
        ),
        Mistake(
            text: "[routing]\nrouters = [\"swich\", \"gshart\"]",
            says: "routing.routers: \"swich\" is unknown, \"gshart\" is unknown; expected a list "
                + "of one or more of \(routerNames); did you mean \"switch\", \"gshard\"?"
        ),
        Mistake(
            text: "[routing]\nrouters = [\"hash\", \"switch\", \"hash\"]",
            says: "routing.routers: \"hash\" stands there twice and would be compared with itself; "
                + "expected a list of one or more of \(routerNames)"
        ),
        Mistake(
            text: "[routing]\nrouters = []",
            says: "routing.routers: [] is empty; "
                + "expected a list of one or more of \(routerNames)"
        ),
    ])
    func `a misspelt value names the nearest`(_ mistake: Mistake) {
        #expect(report(mistake.text) == ["cluster.toml:2: " + mistake.says])
    }

    @Test(arguments: ExchangeAlgorithm.allCases)
    func `every algorithm is taken`(algorithm: ExchangeAlgorithm) throws {
        let text = "[parallel]\ntp = 2\n[exchange]\nalgorithm = \"\(algorithm.rawValue)\""
        let plan = try PlanReader.plan(from: text, file: "cluster.toml", overrides: [])
        #expect(plan.exchange.algorithm == algorithm)
    }

    @Test(arguments: [
        Mistake(
            text: "[model]\nlayers = 2",
            says:
                "cluster.toml:2: model.layers: 2 layers, and tokens of a store have features for one; "
                + "expected 1 layer, or a workload.corpus to learn from"
        ),
        Mistake(
            text: "[routing]\nrouters = [\"switch\", \"smile\"]\n[cluster]\nnodes = 3\n[model]\n"
                + "experts = 16\n[parallel]\nep = 4",
            says: "cluster.toml:2: routing.routers: \"smile\" with 16 experts on 3 nodes; "
                + "expected experts to be a multiple of the nodes, or other routers"
        ),
        Mistake(
            text: "[[faults]]\nat = \"step 5\"\nkind = \"kill\"",
            says: "cluster.toml:1: faults: no target; expected npu, or target = \"random\""
        ),
        Mistake(
            text: "[workload]\ntokens_per_npu = 100\ncorpus = \"text\"",
            says: "cluster.toml:2: workload.tokens_per_npu: 100 tokens are not whole sequences of "
                + "256, which routers learn from; expected a multiple of 256, or "
                + "workload.corpus = \"\""
        ),
        Mistake(
            text: "[workload]\ncorpus = \"text\"\n[model]\nhidden = 128",
            says: "cluster.toml:4: model.hidden: a token of 256 bytes, and what is learned needs "
                + "536: 24 of header, 128 values of fp32; expected model.hidden of 268 or more"
        ),
        Mistake(
            text: "[workload]\ncorpus = \"text\"\n[cluster]\nnodes = 2\nnpus_per_node = 3\n"
                + "[parallel]\ntp = 2",
            says: "cluster.toml:7: parallel.tp: routers that learn in tensor-parallel groups of 2 "
                + "over nodes of 3 NPUs; expected npus_per_node to be a multiple of tp, or "
                + "workload.corpus = \"\""
        ),
        Mistake(
            text:
                "[workload]\ncorpus = \"text\"\n[routing]\nrouters = [\"trace\"]\ntrace = \"t.csv\"",
            says: "cluster.toml:5: routing.trace: a trace is replayed beside routers that learn; "
                + "expected one of them: workload.corpus = \"\", or no trace"
        ),
        Mistake(
            text: "[workload]\ncorpus = \"text\"\n[routing]\nrouters = [\"rmoe\"]",
            says: "cluster.toml:4: routing.routers: \"rmoe\" carries what it decides from layer to "
                + "layer, and there is 1; expected 2 layers or more, other routers, or "
                + "workload.corpus = \"\""
        ),
        Mistake(
            text: "[routing]\ncapacity_scope = \"global\"",
            says:
                "cluster.toml:2: routing.capacity_scope: \"global\" without a text to learn from; "
                + "expected \"source\", or a workload.corpus"
        ),
        Mistake(
            text: "[routing]\ncapacity_rule = \"bound\"",
            says: "cluster.toml:2: routing.capacity_rule: \"bound\" needs estimates of all ranks, "
                + "which only steps make that routers learn from; expected \"auto\", "
                + "\"conventional\", or a workload.corpus; moecluster route knows the others, too"
        ),
        Mistake(
            text: "[routing]\nmode = \"adaptive\"",
            says: "cluster.toml:2: routing.mode: \"adaptive\" without a text to learn from; "
                + "expected \"tcr\", \"ecr\", or a workload.corpus"
        ),
        Mistake(
            text: "[routing]\nexpert_choice_from = 100",
            says: "cluster.toml:2: routing.expert_choice_from: expert choice from step 100 on in "
                + "the mode \"ecr\"; expected the mode \"adaptive\", or \"auto\""
        ),
        Mistake(
            text: "[routing]\nk_max = 17",
            says: "cluster.toml:2: routing.k_max: a token cannot choose up to 17 of 16 experts; "
                + "expected k_max to be at most the number of experts"
        ),
        Mistake(
            text: "[routing]\nexpert_choice_factor = 16.5",
            says: "cluster.toml:2: routing.expert_choice_factor: a token cannot get 16.5 of 16 "
                + "experts on average; expected expert_choice_factor to be at most the number of "
                + "experts"
        ),
        Mistake(
            text: "[training]\nsmoothing = 0",
            says: "cluster.toml:2: training.smoothing: 0 is out of range; "
                + "expected a number above 0, at most 1"
        ),
    ])
    func `no key is taken and then ignored`(_ mistake: Mistake) {
        #expect(report(mistake.text) == [mistake.says])
    }
}
