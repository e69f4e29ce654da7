import ClusterModel
import Faults
import Simulation

/// How a seed ended.
enum ChaosOutcome: String, CaseIterable {
    /// Every step done, nothing decided and nothing sent again.
    case unmoved
    /// Every step done, after at least one measure of recovery; a chunk sent again is one.
    case recovered
    /// Given up, because the policy knows nothing more.
    case aborted
    /// A rule was broken, or the run stood still.
    case failed

    init(_ story: ClusterStory) {
        if !story.violations.isEmpty {
            self = .failed
        } else if story.failure != nil {
            self = .aborted
        } else {
            self = story.measures.isEmpty && story.resends == 0 ? .unmoved : .recovered
        }
    }
}

/// Counts over seeds, for people.
struct ChaosTally {
    private struct Row {
        var seeds = 0
        var faults = 0
        var applied = 0
        var resends = 0
        var measures: [RecoveryMeasure: Int] = [:]
        var rejoined = 0
        var seconds = 0.0
    }

    private var rows: [ChaosOutcome: Row] = [:]
    private var kinds: Set<String> = []

    var failed: Int { rows[.failed]?.seeds ?? 0 }

    mutating func add(_ specs: [FaultSpec], _ story: ClusterStory) {
        var row = rows[ChaosOutcome(story)] ?? Row()
        row.seeds += 1
        row.faults += specs.count
        row.applied += story.applied
        for measure in story.measures { row.measures[measure, default: 0] += 1 }
        row.resends += story.resends
        row.rejoined += story.rejoined
        row.seconds += Double(story.endedAt) / 1e9
        rows[ChaosOutcome(story)] = row
        kinds.formUnion(specs.map(\.kind.name))
    }

    /// A line for each outcome, then the sum.
    var text: String {
        let head = [
            "outcome", "seeds", "faults", "applied", "resends", "retries", "restarts",
            "exclusions", "resumed", "rejoined", "virtual s",
        ]
        var lines = [Self.line(head)]
        for outcome in ChaosOutcome.allCases {
            let row = rows[outcome] ?? Row()
            let counts = [row.seeds, row.faults, row.applied, row.resends].map(String.init)
            let measures = [RecoveryMeasure.retry, .restart, .exclude, .resume].map {
                "\(row.measures[$0, default: 0])"
            }
            let mean = row.seeds == 0 ? 0 : row.seconds / Double(row.seeds)
            lines.append(
                Self.line(
                    [outcome.rawValue] + counts + measures
                        + ["\(row.rejoined)", "\((mean * 100).rounded() / 100)"]
                )
            )
        }
        lines.append("\(kinds.count) kinds of fault; virtual s is the mean of a seed")
        return lines.joined(separator: "\n")
    }

    private static func line(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let space = String(repeating: " ", count: max(0, 10 - cell.count))
            return index == 0 ? cell + space : space + cell
        }
        .joined(separator: "  ")
    }
}
