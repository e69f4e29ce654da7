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
                capacity: 12,
                capacitySetBy: "conventional",
                mode: "tcr",
                p: [0.5, nil],
                q: [0.25, nil],
                delta: AffinitySummary(mean: 0.1, max: 0.3),
                perExpert: [24, 0],
                chosenPerExpert: [32, 0],
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
            calinskiHarabasz: 12
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
        #expect(quality.reached(3.5) == TimeToLoss(loss: 3.5, step: 8, emulatedUs: 800))
        #expect(quality.reached(3.6)?.step == 4)
        #expect(quality.reached(3.2) == nil)
    }

    @Test func `all are asked for the loss that all reached`() {
        var slow = quality()
        slow.heldOut = [HeldOutPoint(step: 8, loss: 3.5)]
        var all = [quality(), slow]
        Quality.compare(&all)
        #expect(all.map(\.timeToLoss?.loss) == [3.5, 3.5])
        #expect(all.map(\.timeToLoss?.step) == [8, 8])
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
        #expect(page.contains("0.250 / 3.300"))
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
                "switch 3.2000 3.3000 0.0 % 75.0 % 8 800.0 12.0",
                "hash 3.2000 3.2670 -1.0 % 75.0 % 8 800.0 12.0",
                "none 4.0000 4.0000 +21.2 % - - - -",
            ]
        )
        for line in lines { #expect(line.count <= 100, "\(line)") }
    }
}
