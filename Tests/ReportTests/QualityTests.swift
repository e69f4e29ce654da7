import Foundation
import ReportFixture
import Testing

@testable import Report

@Suite struct `What routers learned` {
    /// Losses fall from 4 by 1/8 a step; expert 0 takes all.
    private func quality(_ steps: Int = 8, isTimed: Bool = false) -> Quality {
        let series = (0..<steps).map { step in
            QualityStep(
                step: step,
                emulatedUs: isTimed ? Double(step + 1) * 100 : nil,
                trainLoss: 4 - Double(step) / 8,
                offered: 32,
                kept: 24,
                layers: [layer("tcr")],
                interNodeBytes: 1000 * step
            )
        }
        return Quality(
            trainLoss: 3.2,
            heldOutLoss: 3.3,
            series: series,
            heldOut: [
                HeldOutPoint(step: 4, emulatedUs: isTimed ? 400 : nil, loss: 3.6),
                HeldOutPoint(step: 8, emulatedUs: isTimed ? 800 : nil, loss: 3.3),
            ],
            calinskiHarabasz: 12,
            betweenOverWithin: 0.25
        )
    }

    private func layer(_ mode: String, q: [Double?] = [0.25, nil]) -> QualityLayer {
        QualityLayer(
            capacity: 12,
            capacitySetBy: "conventional",
            mode: mode,
            p: [0.5, nil],
            q: q,
            delta: AffinitySummary(mean: 0.1, max: 0.3),
            perExpert: [24, 0],
            chosenPerExpert: [32, 0]
        )
    }

    /// A step for each mode of each of two layers; the second one's q is not known.
    private func adaptive(_ modes: [(String, String)], rerouted: Int = 0) -> Quality {
        let series = modes.enumerated().map { step, modes in
            QualityStep(
                step: step,
                trainLoss: 4,
                offered: 64,
                kept: 48,
                rerouted: rerouted,
                layers: [layer(modes.0), layer(modes.1, q: [nil, nil])]
            )
        }
        return Quality(
            trainLoss: 4,
            heldOutLoss: 4,
            series: series,
            relevance: "domain",
            modeRule: .corollary
        )
    }

    private func row(_ name: String, factor: Double = 1.1, seed: UInt64 = 7) -> TrainingRow {
        TrainingRow(
            router: name,
            seed: seed,
            steps: 8,
            stepsPlanned: 8,
            sharding: "iid",
            capacityScope: "source",
            capacityFactor: factor,
            trainLoss: 3.2,
            heldOutLoss: 3.3,
            keptShare: 0.75,
            awayChosenShare: 0.5,
            awayKeptShare: 0.5,
            loadMaxOverMean: 2,
            stepWallMs: 1,
            lossByStep: [],
            quality: quality()
        )
    }

    private func ids(in page: String) -> [String] {
        page.components(separatedBy: "<figure id=\"").dropFirst().map {
            $0.components(separatedBy: "\"")[0]
        }
    }

    private func specs(in page: String) -> [String] {
        page.components(separatedBy: "<script type=\"application/json\">").dropFirst().map {
            $0.components(separatedBy: "</script>")[0]
        }
    }

    @Test func `derived figures follow from the series`() throws {
        let quality = quality(isTimed: true)
        #expect(quality.keptShare == 0.75)
        #expect(quality.interNodeBytesPerStep == 3500)
        let expected = TimeToLoss(loss: 3.5, step: 8, emulatedUs: 800)
        #expect(quality.reached(3.5, by: .heldOut) == expected)
        #expect(quality.reached(3.6, by: .heldOut)?.step == 4)
        #expect(quality.reached(3.2, by: .heldOut) == nil)
    }

    @Test func `costs are those of the steps that are measured, as the table's`() {
        var quality = quality(isTimed: true)
        for step in 0..<8 { quality.series?[step].isWarmup = step < 2 }
        // The mean of 2, 3, …, 7 KB.
        #expect(quality.interNodeBytesPerStep == 4500)
        #expect(quality.emptySlotShare == nil)
        for step in 0..<8 { quality.series?[step].slots = step < 2 ? 24 : 32 }
        #expect(quality.emptySlotShare == 0.25)
        #expect(quality.slotsPerStep == 30)
    }

    @Test func `all are asked for the loss that all reached`() {
        var slow = quality()
        slow.heldOut = [HeldOutPoint(step: 4, loss: 3.9), HeldOutPoint(step: 8, loss: 3.5)]
        var all = [quality(), slow]
        Quality.compare(&all)
        #expect(all.map(\.timeToLoss?.loss) == [3.5, 3.5])
        #expect(all.map(\.timeToLoss?.step) == [8, 8])
    }

    @Test func `without looks on the way it is the training loss, of neighbouring steps`() {
        var all = [quality(40), quality(40)]
        for index in all.indices { all[index].heldOut = [HeldOutPoint(step: 40, loss: 3)] }
        // Losses of the second are higher by what the first learns in 16 steps.
        for step in 0..<40 { all[1].series?[step].trainLoss += 2 }
        Quality.compare(&all)
        // Means of a tenth of 40 steps, that is 4; the last one of the second is 4 + 2 - 37.5 / 8.
        #expect(all.map(\.timeToLoss?.loss) == [1.3125, 1.3125])
        #expect(all.map(\.timeToLoss?.step) == [24, 40])
        #expect(all.map(\.timeToLoss?.smoothedSteps) == [4, 4])
    }

    @Test func `a loss that is named is asked for, whoever reached it`() {
        var routers = [quality(), quality()]
        routers[1].heldOut = [HeldOutPoint(step: 4, loss: 3.9), HeldOutPoint(step: 8, loss: 3.8)]
        var controls = [quality()]
        Quality.compare(&routers, others: &controls, target: 3.6)
        #expect(routers.map(\.timeToLoss?.step) == [4, nil])
        #expect(controls.map(\.timeToLoss?.step) == [4])
    }

    @Test func `steps of the warm start take the mean time of those on the clock`() {
        var quality = quality(isTimed: true)
        // Four steps without a clock, then four of 100, 100, 100 and 300 µs.
        for step in 0..<4 { quality.series?[step].emulatedUs = nil }
        for (step, us) in zip(4..<8, [100.0, 200, 300, 600]) {
            quality.series?[step].emulatedUs = us
        }
        let measure = LossMeasure.training(smoothedSteps: 1)
        #expect(quality.reached(3.75, by: measure)?.emulatedUs == 450)
        #expect(quality.reached(3.25, by: measure)?.emulatedUs == 900)
    }

    @Test func `the page of train has a chart of each kind, each JSON with a table`() throws {
        let rows = [row("switch"), row("switch", seed: 8), row("switch", factor: 0.5)]
        let page = TrainingHTML.text(of: rows, command: "moecluster train", vegaScript: "x")
        #expect(
            ids(in: page) == [
                "losses", "drops", "loads", "decisions", "true-positives", "false-positives",
                "separation",
            ]
        )
        for spec in specs(in: page) {
            _ = try JSONSerialization.jsonObject(with: Data(spec.utf8))
        }
        // Dropped share and loss at each factor.
        #expect(page.contains("0.250 / 3.300 / -"))
        #expect(!page.contains("C did not come from the factor"))
    }

    @Test func `a C that is not the factor's is said to be none`() {
        var rows = [0.5, 1.1].flatMap { [row("switch", factor: $0), row("locmoe+", factor: $0)] }
        for row in [1, 3] {
            for step in 0..<2 { rows[row].quality?.series?[step].capacitySetBy = "corollary" }
        }
        for step in 0..<8 { rows[0].quality?.series?[step].slots = 24 }
        let page = TrainingHTML.text(of: rows, command: "", vegaScript: "x")
        #expect(page.contains("C did not come from the factor with locmoe+ in 25"))
        #expect(page.contains("of its steps (corollary): the table has the slots that held."))
        #expect(page.contains("0.250 / 3.300 / 24"))
        #expect(TrainingTable.text(of: rows).contains("slots"))
    }

    @Test(arguments: [
        ("choice", "expert that it chooses first"), ("domain", "no other domain chooses"),
    ])
    func `both maps say which tokens were relevant, as the record does`(
        relevance: String,
        words: String
    ) {
        var row = row("locmoe+")
        row.quality?.relevance = relevance
        let page = TrainingHTML.text(of: [row], command: "", vegaScript: "x")
        #expect(page.components(separatedBy: words).count == 3)
    }

    @Test func `where records differ in what is relevant, or do not know, a map says so`() {
        var rows = [row("locmoe"), row("locmoe+")]
        rows[1].quality?.relevance = "domain"
        let page = TrainingHTML.text(of: rows, command: "", vegaScript: "x")
        #expect(page.contains("locmoe: Which tokens count as relevant is not in the record"))
        #expect(page.contains("locmoe+: A token is relevant to an expert if no other domain"))
    }

    @Test func `controls have losses and no experts`() {
        var control = row("none")
        control.quality = Quality(
            trainLoss: 4,
            heldOutLoss: 4,
            series: [QualityStep(step: 0, trainLoss: 4)],
            heldOut: [HeldOutPoint(step: 1, loss: 4)]
        )
        let page = TrainingHTML.text(of: [control], command: "", vegaScript: "x")
        #expect(ids(in: page) == ["losses"])
    }

    @Test func `a comparison of routers that learned shows what a loss takes`() {
        var results = SampleRun.results()
        for index in 0..<2 { results.routers[index].quality = quality(isTimed: true) }
        let page = ReportHTML.text(
            of: results,
            steps: [],
            links: [],
            folder: "runs/sample",
            vegaScript: "x"
        )
        #expect(page.contains("step time, emulated µs"))
        #expect(page.contains("training, all steps over emulated time"))
        #expect(!ids(in: page).contains("drops"))
    }

    @Test func `each layer's changes of mode are told, and where the rule had nothing to go by`() {
        let quality = adaptive([
            ("tcr", "tcr"), ("ecr", "tcr"), ("ecr", "tcr"), ("tcr", "tcr"),
        ])
        #expect(
            quality.modes?.layers == [
                .init(
                    start: "tcr",
                    changes: [.init(step: 1, mode: "ecr"), .init(step: 3, mode: "tcr")]
                ),
                .init(start: "tcr", stepsWithoutQ: 4),
            ]
        )
        #expect(
            quality.modes?.text(steps: 4)
                == "by Corollary 6: layer 0 tcr, ecr from step 1, tcr from step 3, layer 1 tcr "
                + "throughout (q was known in no step: all tokens compared were of one class)"
        )
        let many = ModeRecord(
            .schedule,
            of: (0..<9).map { step in
                QualityStep(
                    step: step,
                    trainLoss: 4,
                    layers: [layer(step % 2 == 0 ? "tcr" : "ecr")]
                )
            }
        )
        #expect(many.text(steps: 9).hasPrefix("by schedule: tcr, ecr from step 1, tcr from step 2"))
        #expect(many.text(steps: 9).hasSuffix("tcr from step 4, 4 changes more"))
    }

    @Test func `the terminal says what modes did and how many pairs were rerouted`() {
        var results = SampleRun.results()
        results.routers[0].quality = quality()
        results.routers[1].quality = adaptive([("tcr", "tcr"), ("ecr", "tcr")], rerouted: 16)
        let name = results.routers[1].name
        let text = ComparisonTable.text(of: results)
        #expect(text.contains("mode       \(name) by Corollary 6: layer 0 tcr, ecr from step 1"))
        #expect(text.contains("rerouted   \(name) 32 pairs, 25.0 % of those offered"))
        for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        results.routers[1].quality = quality()
        let plain = ComparisonTable.text(of: results)
        #expect(!plain.contains("rerouted") && !plain.contains("by Corollary 6"))
    }

    @Test func `what each layer decided can be chosen on a page`() throws {
        var row = row("locmoe+")
        row.quality = adaptive([("tcr", "tcr"), ("ecr", "tcr")], rerouted: 16)
        let page = TrainingHTML.text(of: [row], command: "", vegaScript: "x")
        for option in ["locmoe+, layer 0", "locmoe+, layer 1", "mode, layer 1", "rerouted share"] {
            #expect(page.contains(option), "\(option)")
        }
        // No q is known there, but p is.
        let maps = Dictionary(uniqueKeysWithValues: zip(ids(in: page), specs(in: page)))
        #expect(maps["true-positives"]?.contains("locmoe+, layer 1") == true)
        for spec in specs(in: page) {
            _ = try JSONSerialization.jsonObject(with: Data(spec.utf8))
        }
    }

    @Test func `records of one layer, and of earlier versions, have no later ones`() throws {
        let step = QualityStep(step: 0, trainLoss: 4, layers: [layer("ecr")])
        #expect(step.laterLayers == nil && step.layerCount == 1)
        #expect(step.layer(0) == layer("ecr") && step.layer(1) == nil)
        let control = QualityStep(step: 0, trainLoss: 4)
        #expect(control.layerCount == 0 && control.layer(0) == nil)
    }

    @Test func `losses over emulated time are those of the steps that have one`() throws {
        var results = SampleRun.results()
        var learned = quality(isTimed: true)
        // Learned ahead of the first step on the clock.
        for step in 0..<4 { learned.series?[step].emulatedUs = nil }
        for index in 0..<2 { results.routers[index].quality = learned }
        let page = ReportHTML.text(
            of: results,
            steps: [],
            links: [],
            folder: "runs/sample",
            vegaScript: "x"
        )
        let view = #""view": "training, all steps over emulated time", "series": "switch", "#
        let points = page.components(separatedBy: view).dropFirst().map {
            $0.components(separatedBy: "}")[0]
        }
        // Steps 4 to 7: at 0.5 to 0.8 ms, 4 - step / 8 nats.
        #expect(
            points == [
                #""x": 0.5, "y": 3.5"#, #""x": 0.6, "y": 3.375"#, #""x": 0.7, "y": 3.25"#,
                #""x": 0.8, "y": 3.125"#,
            ]
        )
    }

    @Test func `placing experts is said of models with several layers`() {
        var results = SampleRun.results()
        for index in 0..<2 { results.routers[index].quality = quality() }
        #expect(!ComparisonTable.text(of: results).contains("exflow"))
        results.routers[1].quality?.placement = PlacementGain(
            transitions: 100,
            inTurn: .init(npu: 0.75, node: 0.5),
            exflow: .init(npu: 0.25, node: 0.125)
        )
        let text = ComparisonTable.text(of: results)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("hash NPU 75.0 % -> 25.0 %, node 50.0 % -> 12.5 %"))
        for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    @Test func `the terminal shows what was learned beside what it cost, controls too`() {
        var results = SampleRun.results()
        var all = [quality(isTimed: true), quality(isTimed: true)]
        Quality.compare(&all)
        for index in 0..<2 { results.routers[index].quality = all[index] }
        results.routers[1].quality?.heldOutLoss = 3.267
        results.controls = [
            ControlResults(name: "none", quality: Quality(trainLoss: 4, heldOutLoss: 4))
        ]
        let text = ComparisonTable.text(of: results)
        let lines = text.split(separator: "\n").map(String.init)
        let title = lines.firstIndex(of: "Quality") ?? 0
        let rows = lines[title...].dropFirst(3).prefix(3).map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(
            rows == [
                "switch 3.2000 3.3000 0.0 % 75.0 % 8 800.0 12, 0.250",
                "hash 3.2000 3.2670 -1.0 % 75.0 % 8 800.0 12, 0.250",
                "none 4.0000 4.0000 +21.2 % - - - -",
            ]
        )
        for line in lines { #expect(line.count <= 100, "\(line)") }
    }
}
