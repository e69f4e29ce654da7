// Chaos in virtual time: plays seed after seed, counts, and keeps what failed.

import ClusterModel
import ClusterRuntime
import Configuration
import Faults
import Membership
import Report
import ResultFiles
import Simulation

/// What became of a seed, as a row of `--json`.
struct ChaosRow: Encodable {
    var seed: UInt64
    var outcome: String
    /// L0 to L4 by the hardest measure, F where a rule was broken or the run was given up,
    /// inconclusive where a fault took no effect.
    var verdict: String
    var faults: [String]
    var applied: Int
    var steps: Int
    var measures: [String]
    /// Connections for which no descriptor was left, steps that the folder refused at first, and
    /// choices of tokens that faults of experts have changed.
    var refusedConnections: Int
    var refusedWrites: Int
    var movedTokens: Int
    var seconds: Double
    var violations: [String]
    /// The smallest schedule that fails, where it was written.
    var schedule: String?
}

/// Plays seeds.
struct SimulatedChaos {
    let configuration: RunConfiguration
    /// The faults of a file; drawn if `nil`.
    let specs: [FaultSpec]?
    let seeds: ClosedRange<UInt64>
    /// Where they were read.
    let schedule: String?
    let bug: PlantedBug?
    let folder: String
    let isJSON: Bool
    let console: Console

    /// Of so many seeds people are told one by one; of more, those that failed and the sums.
    private static let linesMax = 20

    func run() throws {
        Interruption.isNoted()
        let chaos = Chaos(
            ground: FaultGround(configuration.plan),
            recovery: configuration.faults.recovery,
            bug: bug
        )
        if specs == nil { console.info("all \(FaultKind.names.count) kinds are drawn") }
        var tally = ChaosTally()
        for seed in seeds {
            let specs = specs ?? chaos.faults(seed: seed)
            let story = chaos.play(specs, seed: seed)
            let schedule = story.violations.isEmpty ? nil : try keep(chaos, specs, seed, story)
            tally.add(specs, story)
            let row = ChaosRow(story, specs, seed: seed, schedule: schedule)
            if isJSON {
                try console.result(JSONText.encodeLine(row))
            } else if seeds.count <= Self.linesMax {
                try console.result(row.line)
            }
            try Interruption.check()
            if seed % 100 == 99 { console.progress("seed \(seed)") }
        }
        if !isJSON {
            let gap = seeds.count <= Self.linesMax ? "\n" : ""
            try console.result(gap + tally.text)
        }
        if tally.failed > 0 { throw Exit.failed }
    }

    /// Writes the smallest schedule of a seed that failed, and says how to play it again.
    private func keep(
        _ chaos: Chaos,
        _ specs: [FaultSpec],
        _ seed: UInt64,
        _ story: ClusterStory
    ) throws -> String {
        let shrunk = self.specs == nil ? chaos.shrunk(specs, seed: seed).specs : specs
        var smallest = configuration
        smallest.plan.workload.seed = seed
        smallest.faults.specs = shrunk
        smallest.faults.seed = seed
        let name = "chaos-seed-\(seed).toml"
        let path = schedule ?? "\(folder)/\(name)"
        let again =
            "moecluster chaos --schedule \(path) --simulate"
            + (bug.map { " --plant \($0.rawValue)" } ?? "")
        for violation in story.violations { console.error("seed \(seed): \(violation)") }
        console.info(
            "seed \(seed): \(specs.count) faults, the smallest that fail: \(shrunk.count)\n  again: "
                + again
        )
        if self.specs == nil {
            let text = "# \(again)\n" + PlanFile.render(smallest)
            try OutputFile.write([(name: name, text: text)], into: folder)
        }
        return path
    }
}

extension ChaosRow {
    init(_ story: ClusterStory, _ specs: [FaultSpec], seed: UInt64, schedule: String?) {
        self.init(
            seed: seed,
            outcome: ChaosOutcome(story).rawValue,
            verdict: story.level.rawValue,
            faults: specs.map(\.inline),
            applied: story.applied,
            steps: story.stepsDone,
            measures: story.measures.map(\.rawValue),
            refusedConnections: story.refusedConnections,
            refusedWrites: story.refusedWrites,
            movedTokens: story.movedTokens,
            seconds: Double(story.endedAt) / 1e9,
            violations: story.violations,
            schedule: schedule
        )
    }
}

extension ChaosRow {
    /// For people.
    fileprivate var line: String {
        let number = "seed \(seed)"
        let padding = String(repeating: " ", count: max(1, 12 - number.count))
        let gap = String(repeating: " ", count: max(1, 14 - verdict.count))
        return number + padding + verdict + gap + outcome + ": " + faults.joined(separator: "; ")
    }
}

extension ClusterStory {
    /// What became of the cluster, as a run is judged.
    fileprivate var level: SurvivalLevel {
        let end: FaultedRunEnd =
            if !violations.isEmpty {
                .failed(violations.joined(separator: "; "))
            } else if let failure {
                .aborted("\(failure)")
            } else {
                .finished
            }
        let facts = SurvivalFacts(
            outcomes: [],
            end: end,
            tokensLost: 0,
            tokensDuplicated: 0,
            stateIsEqual: nil,
            recoveries: measures + (resends > 0 ? [.resend] : [])
                + (lostExperts > 0 ? [.exclude] : [])
        )
        let level = SurvivalVerdict(facts).level
        return level == .failed || applied == asked ? level : .inconclusive
    }
}
